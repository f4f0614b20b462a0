using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Logs;

namespace Shop.Telemetry.Logging;

internal static class LoggingExtensions
{
    /// <summary>
    /// Log records leave with their trace and span id, the ids of the journey, their scopes, their named values and the sentence
    /// made of them. The console speaks to people in Development and to machines everywhere else.
    /// </summary>
    public static void AddLogging(this IHostApplicationBuilder builder)
    {
        // A reader of the console that has stopped reading must not stop the shop: lines are dropped then, and the console says how many.
        builder.Configuration["Logging:Console:QueueFullMode"] ??= nameof(ConsoleLoggerQueueFullMode.DropWrite);
        builder.Configuration["Logging:Console:MaxQueueLength"] ??= "10000";
        if (!builder.Environment.IsDevelopment())
            builder.Configuration["Logging:Console:FormatterName"] ??= JsonConsoleLoggerProvider.FormatterName;
        if (builder.Configuration["Logging:Console:FormatterName"] == JsonConsoleLoggerProvider.FormatterName)
            builder.Services.UseJsonConsoleLogger();

        // The ids of trace and span have their own fields; in a scope they would be there twice.
        builder.Logging.Configure(logging => logging.ActivityTrackingOptions = ActivityTrackingOptions.None);
        // Its scope holds the raw path of each request; RequestLoggingMiddleware says what its lines say.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry().WithLogging(logging => logging.AddProcessor<JourneyLogProcessor>());
    }

    private static void UseJsonConsoleLogger(this IServiceCollection services)
    {
        // A service that has taken its console away gets none from us.
        if (services.FirstOrDefault(service => service.ImplementationType == typeof(ConsoleLoggerProvider)) is not { } console)
            return;
        services.Remove(console);
        services.AddSingleton(_ => new ConsoleOutput(Console.OpenStandardOutput()));
        services.AddSingleton<ILoggerProvider, JsonConsoleLoggerProvider>();
    }

    public static void UseRequestLogging(this IApplicationBuilder app) => app.UseMiddleware<RequestLoggingMiddleware>();
}
