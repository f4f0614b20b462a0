using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Logs;
using Shop.Telemetry.Hosting;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>Registers the sampling of logs.</summary>
internal static class LogSamplingExtensions
{
    /// <summary>Replaces the logger factory by one that samples log records before they are created.</summary>
    /// <remarks>
    /// The samplers of Microsoft.Extensions.Telemetry run after a record has been formatted and enriched, and do not add the adjusted
    /// count to it. docs/log-sampling.md compares the two.
    /// </remarks>
    public static void AddLogSampling(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<LogSamplingOptions>()
            .BindConfiguration(LogSamplingOptions.Section)
            .RejectInvalidChanges(LogSamplingOptions.Section, typeof(LogSamplingRuleOptions), Log.ConfigurationRejected)
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<LogSamplingOptions>, LogSamplingOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<LogSamplingOptions>, LogSamplingRulesValidator>();
        builder.Services.AddMetrics();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<ShutdownDeadline>();
        builder.Services.AddSingleton<LogShutdown>();
        builder.Services.AddSingleton<ILoggerFactory>(services =>
        {
            var inner = new LoggerFactory(
                services.GetServices<ILoggerProvider>(),
                services.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>(),
                services.GetService<IOptions<LoggerFactoryOptions>>(),
                services.GetService<IExternalScopeProvider>());
            var policyProvider = new LogSamplingPolicyProvider(
                services.GetRequiredService<IOptionsMonitor<LogSamplingOptions>>(),
                services.GetRequiredService<IMeterFactory>(),
                services.GetRequiredService<TimeProvider>(),
                inner.CreateLogger<LogSamplingPolicyProvider>());
            var export = services.GetService<LoggerProvider>();
            var shutdown = services.GetRequiredService<LogShutdown>();
            return new SamplingLoggerFactory(inner, policyProvider, onDispose: () => shutdown.Shutdown(export));
        });
    }
}
