using System.Diagnostics;
using OpenTelemetry.Trace;
using Shop.Telemetry.Http;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// Decides which traces are kept, where they begin; a child never decides again. For a request that is in two steps, since a span
/// starts before its route is known: a first answer by ratio, and the final one when routing is done, before anything else has
/// seen the trace. <c>OTEL_TRACES_SAMPLER</c> sets the ratio (see <see cref="SamplingExtensions"/>), not the sampler.
/// </summary>
internal sealed class TraceSampler(SamplingPolicyProvider plan, SamplingMetrics metrics, TimeProvider time) : Sampler
{
    private const string Scrape = "/metrics";
    private const string RequestSpan = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    // No trace state in these: what the parent has stays as it is, th included.
    private static readonly SamplingResult _keep = new(SamplingDecision.RecordAndSample);
    private static readonly SamplingResult _hold = new(SamplingDecision.RecordOnly);
    private static readonly SamplingResult _drop = new(SamplingDecision.Drop);

    private readonly AdaptiveProbability _adaptive = new(time);
    private SamplingRule? _adapted;

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var current = plan.Value;
        var parent = samplingParameters.ParentContext;
        if (IsProbe(samplingParameters))
            return _drop;
        if (parent.TraceId != default)
            return parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? _keep : current.Tail.Enabled ? _hold : _drop;

        if (samplingParameters is { Kind: ActivityKind.Server, Name: RequestSpan })
            return First(current.Default, samplingParameters.TraceId);

        var decision = Steer(current);
        var kept = decision.SamplingThreshold.Keeps(OtelTraceState.Randomness(samplingParameters.TraceId, null));
        metrics.Decided(decision.Rule, kept);
        return kept ? new(SamplingDecision.RecordAndSample, decision.TraceState) : current.Tail.Enabled ? _hold : _drop;
    }

    /// <summary>The final answer for a request that begins a trace. Nothing has been called yet, so nobody has heard the first.</summary>
    public void Decide(Activity request, string? route, string? nodeClass)
    {
        var current = plan.Value;
        var decision = (nodeClass is null ? null : current.CriticalRoute) ?? (route is null ? null : current.OfRoute(route)) ?? Steer(current);
        var kept = decision.SamplingThreshold.Keeps(OtelTraceState.Randomness(request.TraceId, null));
        metrics.Decided(decision.Rule, kept);
        if (kept)
        {
            request.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
            request.TraceStateString = decision.TraceState;
        }
        else
        {
            request.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            request.TraceStateString = null;
            request.IsAllDataRequested = current.Tail.Enabled;
        }
    }

    // Here rather than in a filter of the instrumentation, which would end a span that everybody has already seen start.
    private static bool IsProbe(in SamplingParameters span)
    {
        if (span is not { Kind: ActivityKind.Server, Name: RequestSpan, Tags: { } tags })
            return false;
        foreach (var (name, value) in tags)
        {
            if (name == "url.path")
                return value is string path && (HealthPaths.IsProbe(path) || path == Scrape);
        }

        return false;
    }

    // Recorded in any case: its route may still keep it.
    private static SamplingResult First(SamplingRule decision, ActivityTraceId traceId) =>
        decision.SamplingThreshold.Keeps(OtelTraceState.Randomness(traceId, null)) ? new(SamplingDecision.RecordAndSample, decision.TraceState) : _hold;

    private SamplingRule Steer(SamplingPolicy current)
    {
        if (current.Target is not { } target)
            return current.Default;

        var ratio = _adaptive.Next(target, current.MinProbability, current.Probability, current.SmoothingWindow);
        if (Volatile.Read(ref _adapted) is { } adapted && adapted.Probability == ratio)
            return adapted;

        adapted = new SamplingRule(SamplingRule.DefaultRule, ratio);
        Volatile.Write(ref _adapted, adapted);
        return adapted;
    }
}
