using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using Shop.Telemetry.Logging;

namespace Shop.Bench.Logs;

/// <summary>The logging configurations that are compared. The destination is the same for all: JSON on the console, or OTLP.</summary>
internal static class LoggingConfigurations
{
    public const string NoSampling = "no sampling";
    public const string AdaptiveSampling = "adaptive sampling";
    public const string PlainOpenTelemetry = "plain .NET + OpenTelemetry";
    public const string ProbabilisticSampler = "Microsoft.Extensions.Telemetry sampler";

    // The minimum probability of the adaptive sampling.
    private const double MinProbability = 0.005;

    public static readonly string[] All = [NoSampling, AdaptiveSampling, PlainOpenTelemetry, ProbabilisticSampler];

    /// <summary>Builds a host with the given logging configuration.</summary>
    /// <param name="console">Destination of the console output.</param>
    /// <param name="configuration">One of <see cref="All"/>.</param>
    /// <param name="otlp">OTLP endpoint, or null for the console.</param>
    public static IHost Build(Stream console, string configuration, string? otlp)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ApplicationName = "Shop.Bench", EnvironmentName = "Production" });
        // Every configuration waits for the console instead of dropping records, so that the emitted records are also written.
        builder.Configuration["Logging:Console:QueueFullMode"] = "Wait";
        builder.Configuration["Logging:Console:MaxQueueLength"] = "10000";
        if (otlp is not null)
        {
            builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlp;
            builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
            builder.Configuration["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
            builder.Configuration["OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"] = "1000";
            builder.Configuration["OTEL_BLRP_MAX_QUEUE_SIZE"] = "10000";
        }

        builder.Logging.ClearProviders();
        if (otlp is null)
        {
            builder.Logging.AddConsole();
        }

        switch (configuration)
        {
            case NoSampling or AdaptiveSampling:
                builder.Configuration["Shop:LogSampling:Enabled"] = configuration == AdaptiveSampling ? "true" : "false";
                builder.AddServiceDefaults();
                builder.Services.Replace(ServiceDescriptor.Singleton(new ConsoleOutput(console, console)));
                break;

            case PlainOpenTelemetry or ProbabilisticSampler:
                Console.SetOut(new StreamWriter(console, bufferSize: 256) { AutoFlush = true }); // as .NET opens the console
                if (otlp is null)
                {
                    builder.Logging.AddJsonConsole();
                }

                builder.Logging.AddOpenTelemetry(logging => (logging.IncludeFormattedMessage, logging.IncludeScopes) = (true, true));
                if (otlp is not null)
                {
                    builder.Services.AddOpenTelemetry().UseOtlpExporter();
                }

                // This sampler has no rule for critical routes; errors are above its level.
                if (configuration == ProbabilisticSampler)
                {
                    builder.Logging.AddRandomProbabilisticSampler(MinProbability, LogLevel.Warning);
                }

                break;

            default:
                throw new ArgumentException($"Unknown logging configuration '{configuration}'.", nameof(configuration));
        }

        return builder.Build();
    }
}
