using System.Buffers;
using System.Globalization;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// The rejection threshold of OpenTelemetry's consistent probability sampling: a trace is sampled when its 56 random bits are greater
/// than or equal to the threshold. All services with the same threshold make the same decision, and a trace that is sampled with a low
/// probability is also sampled with any higher one (opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling).
/// </summary>
internal readonly record struct SamplingThreshold
{
    /// <summary>
    /// The largest adjusted count of a valid threshold, 2^20. A single span with a larger one would outweigh all others in every total.
    /// </summary>
    public const double MaxAdjustedCount = 1 << 20;

    /// <summary>The lowest probability other than 0 that can be configured: its adjusted count is below the limit.</summary>
    public const double MinProbability = 0.000001;

    private const int MaxDigits = 14;
    private const ulong MaxValue = 1UL << 56;

    // Significant hexadecimal digits after the leading f digits of small probabilities: 1% is fd70a4 instead of fd70a3d70a3d71.
    private const int Precision = 4;

    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdef");

    private SamplingThreshold(ulong value) => Value = value;

    /// <summary>The threshold, from 0 (every trace is sampled) to 2^56 (no trace is sampled).</summary>
    public ulong Value { get; }

    /// <summary>
    /// The number of traces that one sampled trace represents: the inverse of the probability; 0 when no trace is sampled.
    /// </summary>
    public double AdjustedCount => Value < MaxValue ? (double)MaxValue / (MaxValue - Value) : 0;

    /// <summary>
    /// The value of <c>th</c> in the trace state: 1 to 14 hexadecimal digits without trailing zeros. The specification has no encoding
    /// for a probability of 0.
    /// </summary>
    public string Hex => Value is 0 ? "0" : Value.ToString("x14", CultureInfo.InvariantCulture).TrimEnd('0');

    /// <summary>Converts a probability. Values of 1 and above sample every trace; values of 0 and below and NaN sample none.</summary>
    public static SamplingThreshold FromProbability(double probability)
    {
        if (probability >= 1)
        {
            return new(0);
        }

        if (!(probability > 0))
        {
            return new(MaxValue);
        }

        var exact = (ulong)Math.Round((1 - probability) * MaxValue);
        var digits = Math.Min(MaxDigits, Precision + (int)Math.Ceiling(-Math.Log2(probability) / 4));
        var unit = 1UL << (4 * (MaxDigits - digits));
        var rounded = (exact + unit / 2) / unit * unit;
        return new(rounded < MaxValue ? rounded : MaxValue - unit);
    }

    /// <summary>
    /// Parses the value of <c>th</c>: 1 to 14 lower-case hexadecimal digits with an adjusted count of at most
    /// <see cref="MaxAdjustedCount"/>.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out SamplingThreshold threshold)
    {
        threshold = default;
        if (!TryParseDigits(hex, out var value))
        {
            return false;
        }

        threshold = new(value << (4 * (MaxDigits - hex.Length)));
        return threshold.AdjustedCount <= MaxAdjustedCount;
    }

    /// <summary>Parses the value of <c>rv</c>, the explicit randomness: exactly 14 lower-case hexadecimal digits.</summary>
    public static bool TryParseRandomness(ReadOnlySpan<char> hex, out ulong randomness)
    {
        randomness = 0;
        return hex.Length == MaxDigits && TryParseDigits(hex, out randomness);
    }

    /// <summary>Returns whether a trace with these 56 random bits is sampled.</summary>
    public bool ShouldSample(ulong randomness) => randomness >= Value;

    private static bool TryParseDigits(ReadOnlySpan<char> hex, out ulong value)
    {
        value = 0;
        return hex.Length is > 0 and <= MaxDigits && !hex.ContainsAnyExcept(_hexDigits)
            && ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
