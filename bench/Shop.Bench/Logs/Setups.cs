using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using Shop.Telemetry.Logging;

namespace Shop.Bench.Logs;

/// <summary>The ways to set up logging that are compared. Where a line goes is the same in all: JSON on the console, or OTLP.</summary>
internal static class Setups
{
    public const string EverythingKept = "everything kept";
    public const string Dynamic = "dynamic + key paths";
    public const string Plain = "plain .NET + OpenTelemetry";
    public const string PlainSampler = "Microsoft.Extensions.Telemetry's sampler";

    public static readonly string[] All = [EverythingKept, Dynamic, Plain, PlainSampler];

    /// <param name="console">Where the console's lines go.</param>
    /// <param name="setup">One of the above.</param>
    /// <param name="otlp">Where OTLP goes; null for the console.</param>
    public static IHost Build(Stream console, string setup, string? otlp)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Shop.Bench", EnvironmentName = "Production" });
        // All of them wait for the console rather than drop: what is counted has been written.
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
            builder.Logging.AddConsole();

        switch (setup)
        {
            case EverythingKept or Dynamic:
                builder.Configuration["Shop:LogSampling:Enabled"] = setup == Dynamic ? "true" : "false";
                builder.AddServiceDefaults();
                builder.Services.Replace(ServiceDescriptor.Singleton(new ConsoleOutput(console)));
                break;

            case Plain or PlainSampler:
                Console.SetOut(new StreamWriter(console, bufferSize: 256) { AutoFlush = true }); // as it is by itself
                if (otlp is null)
                    builder.Logging.AddJsonConsole();
                builder.Logging.AddOpenTelemetry(logging => (logging.IncludeFormattedMessage, logging.IncludeScopes) = (true, true));
                if (otlp is not null)
                    builder.Services.AddOpenTelemetry().UseOtlpExporter();
                // Its floor as ours. It does not know of key paths; errors are above its level.
                if (setup == PlainSampler)
                    builder.Logging.AddRandomProbabilisticSampler(0.005, LogLevel.Warning);
                break;

            default:
                throw new ArgumentException($"There is no set-up '{setup}'.", nameof(setup));
        }

        return builder.Build();
    }
}
