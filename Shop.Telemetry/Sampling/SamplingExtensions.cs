using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
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
    private const string RequestStarts = "Microsoft.AspNetCore.Hosting.HttpRequestIn.Start";

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
        builder.Services.AddHttpContextAccessor();
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
        if (Activity.Current is not { Parent: null } request || IsIgnored(context, request))
        {
            return;
        }

        var wasRecorded = request.IsAllDataRequested;
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

        if (!wasRecorded && request.IsAllDataRequested)
        {
            RecordFromNowOn(context, request);
        }
    }

    /// <summary>Makes the tail decision about a request whose response is complete.</summary>
    /// <param name="context">The request.</param>
    /// <param name="sampler">The sampler.</param>
    /// <param name="failed">Whether the request failed.</param>
    /// <param name="duration">The duration of the request.</param>
    /// <param name="exception">The exception of a request that failed with one.</param>
    /// <param name="isCriticalByStatus">Whether a critical route matches the status, but not the route alone.</param>
    public static void SampleByResponse(
        this HttpContext context, TraceSampler sampler, bool failed, TimeSpan duration, Exception? exception, bool isCriticalByStatus)
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { } request || IsIgnored(context, request))
        {
            return;
        }

        var wasRecorded = request.IsAllDataRequested;
        sampler.SampleByResponse(
            request,
            context.GetRouteTemplate(),
            failed ? StatusCodes.Status500InternalServerError : context.Response.StatusCode,
            duration,
            context.RequestAborted.IsCancellationRequested,
            isCriticalByStatus);
        if (!wasRecorded && request.IsAllDataRequested)
        {
            RecordFromNowOn(context, request);
            if (failed)
            {
                request.SetStatus(ActivityStatusCode.Error);
                request.SetTag("error.type", exception?.GetType().FullName);
            }
        }
    }

    // Nothing below a request of monitoring is recorded either.
    private static bool IsIgnored(HttpContext context, Activity request) =>
        !request.IsAllDataRequested && TraceSampler.IsMonitoring(context.Request.Path.Value);

    // The span has started without data. The instrumentation of ASP.NET Core sets the attributes of the request again when it is told
    // that the request starts.
    private static void RecordFromNowOn(HttpContext context, Activity request)
    {
        context.RequestServices.GetRequiredService<DiagnosticListener>().Write(RequestStarts, context);
        JourneyContext.Current.AddTo(request);
        context.LinkCaller(request);
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
