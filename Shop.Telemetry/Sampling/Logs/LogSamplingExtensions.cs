using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling.Logs;

internal static class LogSamplingExtensions
{
    /// <summary>
    /// Keeps fewer lines when there are many. Microsoft.Extensions.Telemetry has a place for samplers too; it asks them after
    /// the line is put together and enriched, and its lines do not know their rate. docs/logging.md compares the two.
    /// </summary>
    public static void AddLogSampling(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<LogSamplingOptions>().BindConfiguration(LogSamplingOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<LogSamplingOptions>, LogSamplingOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<LogSamplingOptions>, LogSamplingRulesValidator>();
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<ILoggerFactory>(services =>
        {
            var all = new LoggerFactory(
                services.GetServices<ILoggerProvider>(),
                services.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>(),
                services.GetService<IOptions<LoggerFactoryOptions>>(),
                services.GetService<IExternalScopeProvider>());
            var sampler = new LogSampler(
                services.GetRequiredService<IOptionsFactory<LogSamplingOptions>>(),
                services.GetRequiredService<IConfiguration>(),
                services.GetRequiredService<IMeterFactory>(),
                services.GetService<TimeProvider>() ?? TimeProvider.System,
                all.CreateLogger<LogSampler>());
            return new SamplingLoggerFactory(all, sampler);
        });
    }
}
