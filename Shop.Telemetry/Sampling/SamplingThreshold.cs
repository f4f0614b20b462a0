using System.Buffers;
using System.Globalization;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// A sampling probability as OpenTelemetry's consistent sampling has it: a trace is kept when its 56 random bits are not below
/// the threshold T, so every service that asks with the same T gets the same answer, and everything kept at a low probability is
/// also kept at a higher one (opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling).
/// </summary>
internal readonly record struct SamplingThreshold
{
    private const int Digits = 14;
    private const ulong Range = 1UL << 56;

    // Hexadecimal digits that say something, besides the leading f of small probabilities: 1% is fd70a4 and not fd70a3d70a3d71.
    private const int Precision = 4;

    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdef");

    private SamplingThreshold(ulong value) => Value = value;

    /// <summary>From 0 (all are kept) to 2^56 (none is).</summary>
    public ulong Value { get; }

    /// <summary>How many traces each kept one stands for; 0 when none is kept.</summary>
    public double AdjustedCount => Value < Range ? (double)Range / (Range - Value) : 0;

    /// <summary>As <c>th</c> says it: without trailing zeros, <c>0</c> for all. A threshold that keeps nothing cannot be said.</summary>
    public string Hex => Value is 0 ? "0" : Value.ToString("x14", CultureInfo.InvariantCulture).TrimEnd('0');

    public static SamplingThreshold FromProbability(double ratio)
    {
        if (ratio >= 1)
            return new(0);
        if (!(ratio > 0))
            return new(Range);

        var exact = (ulong)Math.Round((1 - ratio) * Range);
        var digits = Math.Min(Digits, Precision + (int)Math.Ceiling(-Math.Log2(ratio) / 4));
        var unit = 1UL << (4 * (Digits - digits));
        var rounded = (exact + unit / 2) / unit * unit;
        return new(rounded < Range ? rounded : Range - unit);
    }

    /// <summary>Reads 1 to 14 lower-case hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out SamplingThreshold threshold)
    {
        threshold = default;
        if (!TryParseDigits(hex, out var value))
            return false;
        threshold = new(value << (4 * (Digits - hex.Length)));
        return true;
    }

    /// <summary>Reads the 14 digits of an explicit randomness.</summary>
    public static bool TryParseRandomness(ReadOnlySpan<char> hex, out ulong randomness)
    {
        randomness = 0;
        return hex.Length == Digits && TryParseDigits(hex, out randomness);
    }

    public bool Keeps(ulong randomness) => randomness >= Value;

    private static bool TryParseDigits(ReadOnlySpan<char> hex, out ulong value)
    {
        value = 0;
        return hex.Length is > 0 and <= Digits && !hex.ContainsAnyExcept(_hexDigits)
            && ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
