using System.Diagnostics;
using System.Text;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// OpenTelemetry's member of <c>tracestate</c>: <c>ot=th:fd70a4;rv:9b8233f7e3a151</c>. Other vendors' members are kept as they are.
/// </summary>
internal static class OtelTraceState
{
    // W3C: 32 members, and 512 characters that everybody must pass on. OpenTelemetry: 256 characters for its own value.
    private const int MaxMembers = 32;
    private const int MaxLength = 512;
    private const int MaxOtValueLength = 256;

    private const string Key = "ot=";
    private const string ThresholdKey = "th:";
    private const string RandomnessKey = "rv:";

    /// <summary>At which probability the trace was kept; false when nobody said.</summary>
    public static bool TryGetThreshold(string? traceState, out SamplingThreshold threshold)
    {
        threshold = default;
        return TryGet(traceState, ThresholdKey, out var hex) && SamplingThreshold.TryParse(hex, out threshold);
    }

    /// <summary>The random bits of a trace: its explicit <c>rv</c>, or the last 56 bits of its id.</summary>
    public static ulong Randomness(ActivityTraceId traceId, string? traceState)
    {
        if (TryGet(traceState, RandomnessKey, out var hex) && SamplingThreshold.TryParseRandomness(hex, out var randomness))
            return randomness;

        Span<byte> id = stackalloc byte[16];
        traceId.CopyTo(id);
        randomness = 0;
        foreach (var octet in id[9..])
            randomness = randomness << 8 | octet;
        return randomness;
    }

    /// <summary>With our decision in front, as W3C asks of a member that was changed. What then is too much goes, from the end and whole.</summary>
    public static string WithThreshold(string? traceState, SamplingThreshold threshold)
    {
        var ours = new StringBuilder(Key).Append(ThresholdKey).Append(threshold.Hex);
        if (TryGetOt(traceState, out var ot))
        {
            foreach (var range in ot.Split(';'))
            {
                var pair = ot[range];
                if (pair.Length > 0 && !pair.StartsWith(ThresholdKey) && ours.Length - Key.Length + 1 + pair.Length <= MaxOtValueLength)
                    ours.Append(';').Append(pair);
            }
        }

        var members = 1;
        foreach (var range in traceState.AsSpan().Split(','))
        {
            var member = traceState.AsSpan(range).Trim();
            if (member.Length == 0 || member.StartsWith(Key))
                continue;
            if (++members > MaxMembers || ours.Length + 1 + member.Length > MaxLength)
                break;
            ours.Append(',').Append(member);
        }

        return ours.ToString();
    }

    private static bool TryGet(string? traceState, string key, out ReadOnlySpan<char> value)
    {
        value = default;
        if (!TryGetOt(traceState, out var ot))
            return false;

        foreach (var range in ot.Split(';'))
        {
            if (ot[range].StartsWith(key))
            {
                value = ot[range][key.Length..];
                return true;
            }
        }

        return false;
    }

    private static bool TryGetOt(string? traceState, out ReadOnlySpan<char> ot)
    {
        ot = default;
        foreach (var range in traceState.AsSpan().Split(','))
        {
            var member = traceState.AsSpan(range).Trim();
            if (member.StartsWith(Key))
            {
                ot = member[Key.Length..];
                return ot.Length <= MaxOtValueLength;
            }
        }

        return false;
    }
}
