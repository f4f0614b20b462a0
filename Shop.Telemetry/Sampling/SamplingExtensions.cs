using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Trace;
using Shop.Telemetry.Http;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling;

internal static class SamplingExtensions
{
    private const string Sampler = "OTEL_TRACES_SAMPLER";
    private const string SamplerArgument = "OTEL_TRACES_SAMPLER_ARG";

    public static void AddSampling(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TraceSamplingOptions>()
            .Configure<IConfiguration>(Follow)
            .BindConfiguration(TraceSamplingOptions.Section)
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TraceSamplingOptions>, TraceSamplingOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<TraceSamplingOptions>, TraceSamplingRulesValidator>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<SamplingPolicyProvider>();
        builder.Services.AddSingleton<SamplingMetrics>();
        builder.Services.AddSingleton<TraceSampler>();
        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.SetSampler(services => services.GetRequiredService<TraceSampler>()))
            .WithMetrics(metrics => metrics.AddMeter(SamplingMetrics.MeterName));
    }

    /// <summary>Decides about the traces of requests that begin here. After key nodes are known, before anything is called.</summary>
    public static void UseSampling(this WebApplication app)
    {
        var sampler = app.Services.GetRequiredService<TraceSampler>();
        app.Use(next => context =>
        {
            if (Activity.Current is { Parent: null, HasRemoteParent: false, IsAllDataRequested: true } request && request.ParentSpanId == default)
                sampler.Decide(request, context.GetRouteTemplate(), JourneyContext.Current.CriticalRoute);
            return next(context);
        });
    }

    // OpenTelemetry's own variables say what they can, which is a fixed ratio; our section has the last word. The AppHost sets
    // always_on in Development, so there everything is kept.
    private static void Follow(TraceSamplingOptions options, IConfiguration configuration)
    {
        double? ratio = configuration[Sampler]?.ToLowerInvariant() switch
        {
            "always_on" or "parentbased_always_on" => 1,
            "always_off" or "parentbased_always_off" => 0,
            "traceidratio" or "parentbased_traceidratio" =>
                double.TryParse(configuration[SamplerArgument], NumberStyles.Float, CultureInfo.InvariantCulture, out var argument) ? argument : 1,
            _ => null,
        };
        if (ratio is { } fixedRatio)
            (options.Probability, options.TargetPerSecond) = (fixedRatio, 0);
    }
}
