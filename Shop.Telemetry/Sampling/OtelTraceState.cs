using System.Diagnostics;
using System.Text;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// Reads and writes the OpenTelemetry member of <c>tracestate</c>, <c>ot=th:fd70a4;rv:9b8233f7e3a151</c>. Members of other vendors are
/// passed on unchanged (opentelemetry.io/docs/specs/otel/trace/tracestate-handling).
/// </summary>
internal static class OtelTraceState
{
    /// <summary>The largest value of the 56 random bits of a trace.</summary>
    public const ulong MaxRandomness = (1UL << 56) - 1;

    // W3C Trace Context: at most 32 members, and at least 512 characters that a participant has to propagate. OpenTelemetry: at most
    // 256 characters for the value of its own member.
    private const int MaxMembers = 32;
    private const int MaxLength = 512;
    private const int MaxOtValueLength = 256;

    private const string Key = "ot=";
    private const string ThresholdKey = "th:";
    private const string RandomnessKey = "rv:";

    /// <summary>Reads the sampling threshold <c>th</c>. Returns false when there is none or when it is not valid.</summary>
    public static bool TryGetThreshold(string? traceState, out SamplingThreshold threshold)
    {
        threshold = default;
        return TryGetValue(traceState, ThresholdKey, out var hex) && SamplingThreshold.TryParse(hex, out threshold);
    }

    /// <summary>Returns the 56 random bits of a trace: the explicit randomness <c>rv</c>, or the last 7 bytes of the trace id.</summary>
    public static ulong GetRandomness(ActivityTraceId traceId, string? traceState)
    {
        if (TryGetValue(traceState, RandomnessKey, out var hex) && SamplingThreshold.TryParseRandomness(hex, out var randomness))
        {
            return randomness;
        }

        Span<byte> id = stackalloc byte[16];
        traceId.CopyTo(id);
        randomness = 0;
        foreach (var octet in id[9..])
        {
            randomness = randomness << 8 | octet;
        }

        return randomness;
    }

    /// <summary>
    /// Returns the trace state with a new threshold. The changed member moves to the front, as W3C requires. Members that exceed the
    /// limits are removed whole, from the end.
    /// </summary>
    public static string WithThreshold(string? traceState, SamplingThreshold threshold) => Write(traceState, ThresholdKey + threshold.Hex)!;

    /// <summary>
    /// Returns the received trace state without a threshold that contradicts the rest of the context: <c>th</c> of a trace that is not
    /// sampled, or whose random bits are below it. The probability of such a trace is unknown.
    /// </summary>
    public static string? RemoveInvalidThreshold(string? traceParent, string? traceState)
    {
        if (!TryGetValue(traceState, ThresholdKey, out _))
        {
            return traceState;
        }

        var isValid = TryGetThreshold(traceState, out var threshold)
            && ActivityContext.TryParse(traceParent, null, out var context)
            && context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
            && threshold.ShouldSample(GetRandomness(context.TraceId, traceState));
        return isValid ? traceState : Write(traceState, threshold: null);
    }

    // The threshold is null for a member without one.
    private static string? Write(string? traceState, string? threshold)
    {
        var result = new StringBuilder(Key).Append(threshold);
        if (TryGetOtValue(traceState, out var otValue))
        {
            foreach (var range in otValue.Split(';'))
            {
                var pair = otValue[range];
                if (pair.Length > 0 && !pair.StartsWith(ThresholdKey) && result.Length - Key.Length + 1 + pair.Length <= MaxOtValueLength)
                {
                    result.Append(result.Length > Key.Length ? ";" : "").Append(pair);
                }
            }
        }

        if (result.Length == Key.Length)
        {
            result.Clear();
        }

        var members = result.Length > 0 ? 1 : 0;
        foreach (var range in traceState.AsSpan().Split(','))
        {
            var member = traceState.AsSpan(range).Trim();
            if (member.Length == 0 || member.StartsWith(Key))
            {
                continue;
            }

            if (++members > MaxMembers || result.Length + 1 + member.Length > MaxLength)
            {
                break;
            }

            result.Append(result.Length > 0 ? "," : "").Append(member);
        }

        return result.Length > 0 ? result.ToString() : null;
    }

    private static bool TryGetValue(string? traceState, string key, out ReadOnlySpan<char> value)
    {
        value = default;
        if (!TryGetOtValue(traceState, out var otValue))
        {
            return false;
        }

        foreach (var range in otValue.Split(';'))
        {
            if (otValue[range].StartsWith(key))
            {
                value = otValue[range][key.Length..];
                return true;
            }
        }

        return false;
    }

    private static bool TryGetOtValue(string? traceState, out ReadOnlySpan<char> otValue)
    {
        otValue = default;
        foreach (var range in traceState.AsSpan().Split(','))
        {
            var member = traceState.AsSpan(range).Trim();
            if (member.StartsWith(Key))
            {
                otValue = member[Key.Length..];
                return otValue.Length <= MaxOtValueLength;
            }
        }

        return false;
    }
}
