using System.Diagnostics;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// The span attributes with which sampled telemetry can be counted. The sum of <c>shop.sampling.adjusted_count</c> over the exported
/// spans estimates the number of all spans. The attribute is absent where the probability is unknown, because the parent came sampled
/// and without a threshold.
/// </summary>
/// <remarks>
/// A span that only tail sampling exported has an adjusted count of 0: the head-sampled spans already represent it. Its
/// <c>shop.sampling.reason</c> is <c>error</c>, <c>slow</c> or <c>critical_route</c>.
/// </remarks>
internal static class SamplingAttributes
{
    public const string AdjustedCount = "shop.sampling.adjusted_count";
    public const string Reason = "shop.sampling.reason";

    // The trace state member that marks a tail-sampled span. Instrumentations that report spans after their parent has ended, as the
    // one of Redis does, copy the trace state of the parent, and so the mark.
    private const string TailReasonKey = "shop=";

    private static readonly object _zero = 0d;
    private static readonly object _one = 1d;

    // Consecutive spans of a thread mostly share one trace state instance, so caching the last parsed one avoids most of the parsing
    // and the boxing of the count.
    [ThreadStatic]
    private static (string? TraceState, object? AdjustedCount) _lastParsed;

    /// <summary>Sets the attributes of a span whose <c>sampled</c> flag is set.</summary>
    public static void SetSampled(Activity span)
    {
        if (GetTailReason(span) is { } reason)
        {
            SetTailAttributes(span, reason);
        }
        else if (GetAdjustedCount(span.TraceStateString) is { } adjustedCount)
        {
            span.SetTag(AdjustedCount, adjustedCount);
        }
    }

    /// <summary>Gets the reason for which the trace of a span was sampled although its head decision was negative; or null.</summary>
    public static string? GetTailReason(Activity span) =>
        span.TraceStateString is { } traceState && traceState.StartsWith(TailReasonKey, StringComparison.Ordinal)
            ? traceState[TailReasonKey.Length..].Split(',')[0]
            : null;

    /// <summary>Sets the attributes of a span that tail sampling exports, and marks its trace state with the reason.</summary>
    public static void SetTailSampled(Activity span, string reason)
    {
        var traceState = span.TraceStateString;
        if (traceState?.StartsWith(TailReasonKey, StringComparison.Ordinal) != true)
        {
            span.TraceStateString = string.IsNullOrEmpty(traceState) ? TailReasonKey + reason : $"{TailReasonKey}{reason},{traceState}";
        }

        SetTailAttributes(span, reason);
    }

    private static void SetTailAttributes(Activity span, string reason)
    {
        span.SetTag(AdjustedCount, _zero);
        span.SetTag(Reason, reason);
    }

    private static object? GetAdjustedCount(string? traceState)
    {
        if (traceState is null)
        {
            return null;
        }

        if (!ReferenceEquals(_lastParsed.TraceState, traceState))
        {
            var isKnown = OtelTraceState.TryGetThreshold(traceState, out var threshold);
            _lastParsed = (traceState, !isKnown ? null : threshold.Value == 0 ? _one : threshold.AdjustedCount);
        }

        return _lastParsed.AdjustedCount;
    }
}
