using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Logs;
using Shop.Telemetry.Export;

namespace Shop.Telemetry.Logging;

internal static class LoggingExtensions
{
    private const string Console = "Console";
    private const string HostingLifetime = "Microsoft.Hosting.Lifetime";
    private const string HostingDiagnostics = "Microsoft.AspNetCore.Hosting.Diagnostics";

    /// <summary>
    /// Adds the values of the journey, scopes and named values to exported log records. The console has readable text in Development,
    /// and lines of JSON in every other environment. Where logs are exported, the console has warnings and above, audit records, and the
    /// start and stop of the service, unless <c>Logging:Console:LogLevel</c> is set.
    /// </summary>
    public static void AddLogging(this IHostApplicationBuilder builder)
    {
        // When the console's reader stalls, log records are dropped and counted instead of blocking requests.
        builder.Configuration["Logging:Console:QueueFullMode"] ??= nameof(ConsoleLoggerQueueFullMode.DropWrite);
        builder.Configuration["Logging:Console:MaxQueueLength"] ??= "10000";
        if (!builder.Environment.IsDevelopment())
        {
            builder.Configuration["Logging:Console:FormatterName"] ??= JsonConsoleLoggerProvider.FormatterName;
        }

        if (builder.Configuration["Logging:Console:FormatterName"] == JsonConsoleLoggerProvider.FormatterName)
        {
            builder.Services.UseJsonConsoleLogger();
        }

        // The trace and span ids are fields of a record. A scope would repeat them.
        builder.Logging.Configure(logging => logging.ActivityTrackingOptions = ActivityTrackingOptions.None);
        builder.Services.AddSingleton<AuditLog>();
        builder.Services.AddSingleton<IExternalScopeProvider, ScopeProvider>();
        builder.Services.PostConfigure<LoggerFilterOptions>(filters => AddFilters(filters, builder.Configuration));

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry().WithLogging(logging => logging.AddProcessor<JourneyLogProcessor>());
    }

    /// <summary>Adds the middleware that logs each request.</summary>
    public static void UseRequestLogging(this IApplicationBuilder app) => app.UseMiddleware<RequestLoggingMiddleware>();

    private static void UseJsonConsoleLogger(this IServiceCollection services)
    {
        // A service that has removed the console provider gets no replacement.
        if (services.FirstOrDefault(service => service.ImplementationType == typeof(ConsoleLoggerProvider)) is { } console)
        {
            services.Remove(console);
            services.AddSingleton(_ => new ConsoleOutput(System.Console.OpenStandardOutput(), System.Console.OpenStandardError()));
            services.AddSingleton<ILoggerProvider, JsonConsoleLoggerProvider>();
        }
    }

    private static void AddFilters(LoggerFilterOptions filters, IConfiguration configuration)
    {
        if (configuration.IsExported(OtlpVariables.Logs) && !configuration.GetSection("Logging:Console:LogLevel").Exists())
        {
            RaiseConsoleLevel(filters);
        }

        // Its records and their scope have the raw path of the request. RequestLoggingMiddleware replaces them, and the host logs an
        // exception at the start of a service as well. A rule of one provider takes precedence over a rule for all.
        filters.Rules.Add(new(null, HostingDiagnostics, LogLevel.None, null));
        filters.Rules.Add(new(Console, HostingDiagnostics, LogLevel.None, null));
    }

    // A rule of the console hides all rules for every provider, so each of them is repeated with a level of Warning or above.
    private static void RaiseConsoleLevel(LoggerFilterOptions filters)
    {
        LoggerFilterRule[] rules = [new(null, null, filters.MinLevel, null), .. filters.Rules.Where(rule => rule.ProviderName is null)];
        foreach (var rule in rules)
        {
            var level = rule.LogLevel is > LogLevel.Warning and var higher ? higher : LogLevel.Warning;
            filters.Rules.Add(new(Console, rule.CategoryName, level, rule.Filter));
        }

        // An audit record outlives an outage of the collector. The orchestrator's view of the console shows that the service has started,
        // and on which addresses.
        filters.Rules.Add(new(Console, AuditLog.Category, LogLevel.Information, null));
        filters.Rules.Add(new(Console, HostingLifetime, LogLevel.Information, null));
    }
}
