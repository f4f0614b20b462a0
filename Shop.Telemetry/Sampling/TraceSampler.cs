using System.Diagnostics;
using OpenTelemetry.Trace;
using Shop.Telemetry.Http;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// Makes the head decision for traces that start in this service; spans with a parent follow the parent. The decision about a request
/// has two steps, because its span starts before its route is known: an initial decision by probability, and the final one in
/// <see cref="SampleByRoute"/> after routing, before the trace context is propagated. <c>OTEL_TRACES_SAMPLER</c> does not replace this
/// sampler; it configures its probability (see <see cref="SamplingExtensions"/>).
/// </summary>
/// <param name="policyProvider">The settings.</param>
/// <param name="limiter">The limit of tail sampling.</param>
/// <param name="metrics">The metrics of the decisions.</param>
/// <param name="time">The clock of the adaptive probability.</param>
/// <param name="isExporting">Whether spans are exported. If not, nothing is recorded for tail sampling.</param>
internal sealed class TraceSampler(
    SamplingPolicyProvider policyProvider, TailSamplingLimiter limiter, SamplingMetrics metrics, TimeProvider time, bool isExporting)
    : Sampler
{
    private const string ScrapePath = "/metrics";
    private const string RequestActivityName = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    // Without a trace state, so that the one of the parent is passed on unchanged, th included.
    private static readonly SamplingResult _recordAndSample = new(SamplingDecision.RecordAndSample);
    private static readonly SamplingResult _recordOnly = new(SamplingDecision.RecordOnly);
    private static readonly SamplingResult _drop = new(SamplingDecision.Drop);

    private readonly AdaptiveProbability _adaptiveProbability = new(time);
    private SamplingRule? _adaptiveRule;

    /// <summary>Gets whether a request on a critical route is sampled by a rule of its own.</summary>
    public bool SamplesCriticalRoutes => policyProvider.Current.CriticalRouteRule is not null;

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var policy = policyProvider.Current;
        var parent = samplingParameters.ParentContext;
        if (IsMonitoring(samplingParameters) || IsBelowUnrecordedSpan(parent))
        {
            return _drop;
        }

        if (parent.TraceId != default)
        {
            return parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? _recordAndSample : GetUnsampledResult(policy);
        }

        if (samplingParameters is { Kind: ActivityKind.Server, Name: RequestActivityName })
        {
            return GetInitialDecision(policy, samplingParameters.TraceId);
        }

        // Work that continues a journey later: the critical route is in the baggage.
        var rule = (JourneyContext.Current.CriticalRoute is null ? null : policy.CriticalRouteRule) ?? GetDefaultRule(policy);
        return Decide(rule, samplingParameters.TraceId)
            ? new(SamplingDecision.RecordAndSample, rule.TraceState)
            : GetUnsampledResult(policy);
    }

    /// <summary>
    /// Makes the final decision about a request that starts a trace. It has to run before the request makes an outgoing call, which would
    /// propagate the initial decision.
    /// </summary>
    /// <param name="request">The span of the request.</param>
    /// <param name="route">The route template.</param>
    /// <param name="criticalRoute">The critical route that the request is on.</param>
    /// <param name="mayBecomeCritical">
    /// Whether the decision is made again when the caller is verified. Until then the span is recorded.
    /// </param>
    public void SampleByRoute(Activity request, string? route, string? criticalRoute, bool mayBecomeCritical = false)
    {
        var policy = policyProvider.Current;
        var rule = (criticalRoute is null ? null : policy.CriticalRouteRule)
            ?? (route is null ? null : policy.FindRule(route))
            ?? GetDefaultRule(policy);
        if (Decide(rule, request.TraceId))
        {
            request.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
            request.TraceStateString = rule.TraceState;
        }
        else
        {
            request.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            request.TraceStateString = null;
            request.IsAllDataRequested = mayBecomeCritical || (policy.Tail.Enabled && isExporting);
        }
    }

    /// <summary>
    /// Samples a request on a critical route whose trace another service has started and decided not to sample: it did not know the route.
    /// The spans of this service and of all services behind it are exported.
    /// </summary>
    public void SampleCriticalRoute(Activity request)
    {
        if (policyProvider.Current.CriticalRouteRule is { } rule)
        {
            SampleByTail(request, rule.Name);
        }
    }

    /// <summary>
    /// Makes the tail decision about a request whose response is complete. ASP.NET Core then records its duration with the span as
    /// exemplar, so that the metric leads to the trace. Other reasons are known only when all spans have ended.
    /// </summary>
    public void SampleByResponse(Activity? request, string? route, int statusCode, TimeSpan duration, bool isClientDisconnected)
    {
        if (request is not { IsAllDataRequested: true, Recorded: false } || policyProvider.Current.Tail is not { Enabled: true } options)
        {
            return;
        }

        if (isClientDisconnected)
        {
            TailSamplingPolicy.SetClientDisconnected(request);
        }

        var reason = statusCode >= 500 && !isClientDisconnected ? TailSamplingPolicy.Error
            : TailSamplingPolicy.IsSlow(duration, options) ? TailSamplingPolicy.Slow
            : null;
        if (reason is not null && isExporting && limiter.TryAcquire(route ?? request.DisplayName, reason, options.MaxTracesPerSecond))
        {
            SampleByTail(request, reason);
        }
    }

    private static void SampleByTail(Activity request, string reason)
    {
        request.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
        SamplingAttributes.SetTailSampled(request, reason);
    }

    // The spans below a probe or a scrape, for example.
    private static bool IsBelowUnrecordedSpan(in ActivityContext parent) =>
        Activity.Current is { IsAllDataRequested: false } current && current.SpanId == parent.SpanId;

    // A filter of the ASP.NET Core instrumentation would run too late: the other processors have already seen the span start.
    private static bool IsMonitoring(in SamplingParameters span)
    {
        if (span is not { Kind: ActivityKind.Server, Name: RequestActivityName, Tags: { } tags })
        {
            return false;
        }

        foreach (var (name, value) in tags)
        {
            if (name == "url.path")
            {
                return value is string path
                    && (HealthPaths.IsProbe(path)
                        || TelemetryPaths.Contains(path)
                        || path.AsSpan().TrimEnd('/').SequenceEqual(ScrapePath));
            }
        }

        return false;
    }

    // The span is recorded in any case, because the rule of its route may still sample it. The initial decision stays when the request
    // does not get to the final one, as those that are answered before routing.
    private SamplingResult GetInitialDecision(SamplingPolicy policy, ActivityTraceId traceId)
    {
        var rule = policy.TargetPerSecond is null ? policy.DefaultRule : Volatile.Read(ref _adaptiveRule) ?? policy.DefaultRule;
        return rule.Threshold.ShouldSample(OtelTraceState.GetRandomness(traceId, null))
            ? new(SamplingDecision.RecordAndSample, rule.TraceState)
            : _recordOnly;
    }

    // Tail sampling needs the data of spans that are not sampled.
    private SamplingResult GetUnsampledResult(SamplingPolicy policy) => policy.Tail.Enabled && isExporting ? _recordOnly : _drop;

    private bool Decide(SamplingRule rule, ActivityTraceId traceId)
    {
        var sampled = rule.Threshold.ShouldSample(OtelTraceState.GetRandomness(traceId, null));
        metrics.RecordDecision(rule.Name, sampled);
        return sampled;
    }

    private SamplingRule GetDefaultRule(SamplingPolicy policy)
    {
        if (policy.TargetPerSecond is not { } targetPerSecond)
        {
            return policy.DefaultRule;
        }

        var probability = _adaptiveProbability.GetNext(targetPerSecond, policy.MinProbability, policy.Probability, policy.SmoothingWindow);
        if (Volatile.Read(ref _adaptiveRule) is { } current && current.Probability == probability)
        {
            return current;
        }

        var adaptiveRule = new SamplingRule(SamplingRule.DefaultName, probability);
        Volatile.Write(ref _adaptiveRule, adaptiveRule);
        return adaptiveRule;
    }
}
