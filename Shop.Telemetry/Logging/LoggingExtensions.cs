using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Logs;
using Shop.Telemetry.Events;
using Shop.Telemetry.Hosting;

namespace Shop.Telemetry.Logging;

internal static class LoggingExtensions
{
    private const string HostingDiagnostics = "Microsoft.AspNetCore.Hosting.Diagnostics";

    /// <summary>
    /// Adds the values of the journey, scopes and named values to exported log records. The console has readable text in Development,
    /// and lines of JSON in every other environment.
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

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<ShutdownDeadline>();
        if (builder.Configuration["Logging:Console:FormatterName"] == JsonConsoleLoggerProvider.FormatterName)
        {
            builder.Services.UseJsonConsoleLogger();
        }

        // The trace and span ids are fields of a record. A scope would repeat them.
        builder.Logging.Configure(logging => logging.ActivityTrackingOptions = ActivityTrackingOptions.None);
        builder.Services.AddSingleton<IExternalScopeProvider, ScopeProvider>();

        // Its records and their scope have the raw path of the request. RequestLoggingMiddleware replaces them, and the host logs an
        // exception at the start of a service as well.
        builder.Services.PostConfigure<LoggerFilterOptions>(static filters => filters.SetLevel(HostingDiagnostics, LogLevel.None));

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry().WithLogging(logging => logging.AddProcessor<JourneyLogProcessor>());
    }

    /// <summary>
    /// Adds the <see cref="AuditLog"/>, whose records are written and exported at any log level. It comes after the export, which changes
    /// the level of the console.
    /// </summary>
    public static void AddAuditLog(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<AuditLog>();
        builder.Services.PostConfigure<LoggerFilterOptions>(static filters => filters.SetLevel(AuditLog.Category, LogLevel.Information));
    }

    /// <summary>Adds the middleware that logs each request.</summary>
    public static void UseRequestLogging(this IApplicationBuilder app) => app.UseMiddleware<RequestLoggingMiddleware>();

    private static void UseJsonConsoleLogger(this IServiceCollection services)
    {
        // A service that has removed the console provider gets no replacement.
        if (services.FirstOrDefault(service => service.ImplementationType == typeof(ConsoleLoggerProvider)) is { } console)
        {
            services.Remove(console);
            services.AddSingleton(_ => new ConsoleOutput(Console.OpenStandardOutput(), Console.OpenStandardError()));
            services.AddSingleton<ILoggerProvider, JsonConsoleLoggerProvider>();
        }
    }
}
