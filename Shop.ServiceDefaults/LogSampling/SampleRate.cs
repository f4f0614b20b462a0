using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace Shop.ServiceDefaults.LogSampling;

/// <summary>
/// A share of the traces, chosen by trace id as W3C and OpenTelemetry choose it for spans (opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling):
/// every service keeps the same ones, and what is kept at a lower rate is also kept at every higher one.
/// </summary>
internal sealed class SampleRate
{
    // The randomness of a trace id is its last 56 bits; a trace is kept when they reach the threshold.
    private const double Range = 1UL << 56;

    private readonly ulong _threshold;

    public SampleRate(double share)
    {
        Share = share;
        AsAttribute = share;
        _threshold = (ulong)((1 - share) * Range);
    }

    public static SampleRate All { get; } = new(1);

    public double Share { get; }

    /// <summary>Boxed once, not for every line.</summary>
    public object AsAttribute { get; }

    public SampleRate OrHigher(double share) => share <= Share ? this : share >= 1 ? All : new SampleRate(share);

    public bool Keeps(ulong randomness) => randomness >= _threshold;

    public static ulong RandomnessOf(Activity activity)
    {
        if (activity.TraceStateString is { Length: > 0 } state && Value(state, "rv:") is { Length: 14 } explicitly
            && ulong.TryParse(explicitly, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var random))
            return random;

        Span<byte> id = stackalloc byte[16];
        activity.TraceId.CopyTo(id);
        return BinaryPrimitives.ReadUInt64BigEndian(id[8..]) & ((1UL << 56) - 1);
    }

    /// <summary>The share of traces that <paramref name="activity"/>'s recorded trace stands for; 1 where its sampler does not say.</summary>
    public static double ShareOf(Activity activity)
    {
        if (activity.TraceStateString is not { Length: > 0 } state || Value(state, "th:") is not { Length: > 0 and <= 14 } digits
            || !ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var threshold))
            return 1;

        // Trailing zeros are left out: "c" is c0000000000000.
        return ((1UL << 56) - (threshold << (4 * (14 - digits.Length)))) / Range;
    }

    // rojo=1,ot=th:fd70a4;rv:d1a2b3c4d5e6f7,congo=2
    private static ReadOnlySpan<char> Value(ReadOnlySpan<char> state, ReadOnlySpan<char> name)
    {
        foreach (var member in state.Split(','))
        {
            var text = state[member].Trim();
            if (!text.StartsWith("ot=", StringComparison.Ordinal))
                continue;
            var values = text[3..];
            foreach (var value in values.Split(';'))
            {
                if (values[value].StartsWith(name, StringComparison.Ordinal))
                    return values[value][name.Length..];
            }
        }

        return default;
    }
}
