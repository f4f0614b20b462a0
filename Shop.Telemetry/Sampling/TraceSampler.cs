using System.Diagnostics;
using Microsoft.AspNetCore.Http;
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
/// <remarks>
/// A request that neither the initial decision nor the share for tail sampling selects is not recorded, and neither are the calls below it:
/// what is recorded and not exported costs as much as what is. Each later decision may record its span from then on.
/// </remarks>
/// <param name="policyProvider">The settings.</param>
/// <param name="limiter">The limit of tail sampling.</param>
/// <param name="metrics">The metrics of the decisions.</param>
/// <param name="time">The clock of the adaptive probability.</param>
/// <param name="http">The request whose span starts. ASP.NET Core sets it before it starts the span.</param>
/// <param name="isExporting">Whether spans are exported. If not, nothing is recorded for tail sampling.</param>
internal sealed class TraceSampler(
    SamplingPolicyProvider policyProvider,
    TailSamplingLimiter limiter,
    SamplingMetrics metrics,
    TimeProvider time,
    IHttpContextAccessor http,
    bool isExporting)
    : Sampler
{
    private const string ScrapePath = "/metrics";
    private const string RequestActivityName = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    // Without a trace state, so that the one of the parent is passed on unchanged, th included.
    private static readonly SamplingResult _recordAndSample = new(SamplingDecision.RecordAndSample);
    private static readonly SamplingResult _recordOnly = new(SamplingDecision.RecordOnly);
    private static readonly SamplingResult _drop = new(SamplingDecision.Drop);

    private readonly AdaptiveProbability _adaptiveProbability = new(time);
    private readonly AdaptiveProbability _bufferedProbability = new(time);
    private SamplingRule? _adaptiveRule;

    /// <summary>Gets whether a request on a critical route is sampled by a rule of its own.</summary>
    public bool SamplesCriticalRoutes => policyProvider.Current.CriticalRouteRule is not null;

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var policy = policyProvider.Current;
        var parent = samplingParameters.ParentContext;
        var isRequest = samplingParameters is { Kind: ActivityKind.Server, Name: RequestActivityName };
        if ((isRequest && IsMonitoring(http.HttpContext?.Request.Path.Value)) || IsBelowUnrecordedSpan(parent))
        {
            return _drop;
        }

        if (parent.TraceId != default)
        {
            return parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? _recordAndSample
                : isRequest ? GetUnsampledResult(policy, OtelTraceState.GetRandomness(parent.TraceId, parent.TraceState), unsampledShare: 1)
                : GetUnsampledResult(policy);
        }

        if (isRequest)
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
    /// Whether the decision is made again when the caller is verified. Until then the span stays recorded.
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
            request.IsAllDataRequested = true;
            request.TraceStateString = rule.TraceState;
        }
        else
        {
            request.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            request.TraceStateString = null;
            request.IsAllDataRequested &= mayBecomeCritical || (policy.Tail.Enabled && isExporting);
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
    /// <param name="request">The span of the request.</param>
    /// <param name="route">The route template.</param>
    /// <param name="statusCode">The status of the response; 500 for any failure.</param>
    /// <param name="duration">The duration of the request.</param>
    /// <param name="isClientDisconnected">Whether the caller has closed the connection.</param>
    /// <param name="isCriticalByStatus">Whether a critical route matches the status, but not the route alone.</param>
    public void SampleByResponse(
        Activity? request,
        string? route,
        int statusCode,
        TimeSpan duration,
        bool isClientDisconnected,
        bool isCriticalByStatus = false)
    {
        if (request is not { Recorded: false } || policyProvider.Current.Tail is not { Enabled: true } options || !isExporting)
        {
            return;
        }

        var wasRecorded = request.IsAllDataRequested;
        if (isClientDisconnected && wasRecorded)
        {
            TailSamplingPolicy.SetClientDisconnected(request);
        }

        // A recorded span gets the reason of its status from the instrumentation.
        var reason = isCriticalByStatus && !wasRecorded ? SamplingRule.CriticalRouteName
            : statusCode >= 500 && !isClientDisconnected ? TailSamplingPolicy.Error
            : TailSamplingPolicy.IsSlow(duration, options) ? TailSamplingPolicy.Slow
            : null;
        var isSampled = reason is not null && limiter.TryAcquire(route ?? request.DisplayName, reason, options.MaxTracesPerSecond);
        if (isSampled)
        {
            SampleByTail(request, reason!);
        }

        // The buffer, which counts the others, has no span of this trace.
        if (!wasRecorded && isSampled)
        {
            metrics.RecordTailSampled(reason!, partial: true);
        }
        else if (!wasRecorded)
        {
            metrics.RecordTailDropped(reason);
        }
    }

    /// <summary>Returns whether a path is one of a probe, a scrape or an export of telemetry, which are not traced.</summary>
    /// <param name="path">The decoded path.</param>
    public static bool IsMonitoring(string? path) =>
        HealthPaths.IsProbe(path) || TelemetryPaths.Contains(path) || path.AsSpan().TrimEnd('/').SequenceEqual(ScrapePath);

    private static void SampleByTail(Activity request, string reason)
    {
        request.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
        request.IsAllDataRequested = true;
        SamplingAttributes.SetTailSampled(request, reason);
    }

    // The spans below a probe or a scrape, for example. A span that a library creates without a source, as that of a gRPC call, is already
    // the current one when it is sampled.
    private static bool IsBelowUnrecordedSpan(in ActivityContext parent) =>
        Activity.Current is { } current && (IsUnrecorded(current, parent) || IsUnrecorded(current.Parent, parent));

    private static bool IsUnrecorded(Activity? span, in ActivityContext context) =>
        span is { IsAllDataRequested: false } && span.SpanId == context.SpanId;

    // The initial decision stays when the request does not get to the final one, as those that are answered before routing.
    private SamplingResult GetInitialDecision(SamplingPolicy policy, ActivityTraceId traceId)
    {
        var rule = policy.TargetPerSecond is null ? policy.DefaultRule : Volatile.Read(ref _adaptiveRule) ?? policy.DefaultRule;
        var randomness = OtelTraceState.GetRandomness(traceId, null);
        return rule.Threshold.ShouldSample(randomness)
            ? new(SamplingDecision.RecordAndSample, rule.TraceState)
            : GetUnsampledResult(policy, randomness, 1 - rule.Probability);
    }

    // Tail sampling needs the data of spans that are not sampled.
    private SamplingResult GetUnsampledResult(SamplingPolicy policy) => policy.Tail.Enabled && isExporting ? _recordOnly : _drop;

    // A busy service records the requests of a share of the traces only. It is the other end of the random bits than the share that is
    // sampled, so the two do not overlap, and the shares of different services do. The random bits of a trace that is not sampled are in
    // the unsampled share of all values; that of a trace that another service started is not known.
    private SamplingResult GetUnsampledResult(SamplingPolicy policy, ulong randomness, double unsampledShare)
    {
        if (!policy.Tail.Enabled || !isExporting)
        {
            return _drop;
        }

        var probability = unsampledShare * _bufferedProbability.GetNext(
            policy.Tail.BufferedTracesPerSecond, minProbability: 0, maxProbability: 1, policy.SmoothingWindow);
        return SamplingThreshold.FromProbability(probability).ShouldSample(OtelTraceState.MaxRandomness - randomness) ? _recordOnly : _drop;
    }

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
