using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Trace;
using Shop.Telemetry.Http;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling;

/// <summary>Registers the sampling of traces.</summary>
internal static class SamplingExtensions
{
    /// <summary>Adds the <see cref="TraceSampler"/>, its options and its metrics.</summary>
    public static void AddSampling(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TraceSamplingOptions>()
            .Configure<IConfiguration>(ApplyEnvironmentVariables)
            .BindConfiguration(TraceSamplingOptions.Section)
            .RejectInvalidChanges(TraceSamplingOptions.Section, typeof(TraceSamplingRuleOptions), Log.TraceSamplingRejected)
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TraceSamplingOptions>, TraceSamplingOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<TraceSamplingOptions>, TraceSamplingRulesValidator>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<SamplingPolicyProvider>();
        builder.Services.AddSingleton<SamplingMetrics>();
        builder.Services.AddSingleton<TailSamplingLimiter>();
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<TraceSampler>(
            services, services.GetRequiredService<IServiceProviderIsService>().IsService(typeof(SpanExport))));
        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.SetSampler(services => services.GetRequiredService<TraceSampler>()))
            .WithMetrics(metrics => metrics.AddMeter(SamplingMetrics.MeterName));
    }

    /// <summary>
    /// Makes the final sampling decision for requests that start a trace. Place it after routing and the critical routes, and before
    /// any middleware that makes outgoing calls.
    /// </summary>
    public static void UseSampling(this WebApplication app)
    {
        var sampler = app.Services.GetRequiredService<TraceSampler>();
        app.Use(next => context =>
        {
            context.SampleByRoute(sampler);
            return next(context);
        });
    }

    /// <summary>Makes the final sampling decision for a request that starts a trace.</summary>
    public static void SampleByRoute(this HttpContext context, TraceSampler sampler)
    {
        if (Activity.Current is { Parent: null, IsAllDataRequested: true } request)
        {
            var criticalRoute = JourneyContext.Current.CriticalRoute;
            if (!request.HasRemoteParent && request.ParentSpanId == default)
            {
                var route = context.GetRouteTemplate();
                sampler.SampleByRoute(
                    request, route, criticalRoute, mayBecomeCritical: sampler.SamplesCriticalRoutes && context.MayBecomeCritical());
            }
            else if (!request.Recorded && criticalRoute is not null)
            {
                sampler.SampleCriticalRoute(request);
            }
        }
    }

    // The section Shop:TraceSampling takes precedence over the variables. The AppHost sets always_on in Development, so every trace is
    // sampled there.
    private static void ApplyEnvironmentVariables(TraceSamplingOptions options, IConfiguration configuration)
    {
        if (SamplerVariables.GetProbability(configuration) is { } fixedProbability)
        {
            (options.Probability, options.TargetPerSecond) = (fixedProbability, 0);
        }
    }
}
