using System.Diagnostics;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// How many spans each exported one stands for, so that sums over sampled spans are right on average:
/// <c>shop.sampling.adjusted_count</c>, absent where nothing was left out. A span that only failure or slowness kept stands for 0:
/// those that the ratio kept already stand for it.
/// </summary>
internal static class SamplingAttributes
{
    public const string AdjustedCount = "shop.sampling.adjusted_count";
    public const string Reason = "shop.sampling.reason";

    // First in the trace state of what only its end has kept: spans that are told of later, as Redis commands are, have it from their parent.
    private const string Afterwards = "shop=";

    private static readonly object _none = 0d;

    // The spans of a service come in runs with the very same trace state.
    [ThreadStatic]
    private static (string? TraceState, object? Count) _last;

    public static void AddTo(Activity span)
    {
        if (span.TraceStateString is { } state && state.StartsWith(Afterwards, StringComparison.Ordinal))
            AddReason(span, state[Afterwards.Length..].Split(',')[0]);
        else if (CountOf(span.TraceStateString) is { } count)
            span.SetTag(AdjustedCount, count);
    }

    public static void AddTo(Activity span, string? reason)
    {
        if (reason is null)
        {
            AddTo(span);
            return;
        }

        if (span.TraceStateString?.StartsWith(Afterwards, StringComparison.Ordinal) != true)
            span.TraceStateString = string.IsNullOrEmpty(span.TraceStateString) ? Afterwards + reason : $"{Afterwards}{reason},{span.TraceStateString}";
        AddReason(span, reason);
    }

    private static void AddReason(Activity span, string reason)
    {
        span.SetTag(AdjustedCount, _none);
        span.SetTag(Reason, reason);
    }

    private static object? CountOf(string? traceState)
    {
        if (traceState is null)
            return null;
        if (!ReferenceEquals(_last.TraceState, traceState))
            _last = (traceState, OtelTraceState.TryGetThreshold(traceState, out var threshold) && threshold.Value > 0 ? threshold.AdjustedCount : null);
        return _last.Count;
    }
}
