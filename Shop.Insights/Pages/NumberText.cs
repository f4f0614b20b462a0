using System.Globalization;

namespace Shop.Insights.Pages;

/// <summary>Writes numbers and times for people.</summary>
internal static class NumberText
{
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Percent(double share) => share is > 0 and < 0.1 or > 0.99 and < 1
        ? share.ToString("0.0%", CultureInfo.InvariantCulture)
        : share.ToString("0%", CultureInfo.InvariantCulture);

    /// <summary>Writes a rate: whole numbers from 10 on, and two digits below.</summary>
    public static string Rate(double rate) => rate.ToString(rate is >= 10 or 0 ? "N0" : "0.##", CultureInfo.InvariantCulture);

    /// <summary>Writes a difference of two shares, in percentage points.</summary>
    public static string Points(double? difference) =>
        difference is null ? "" : (difference.Value * 100).ToString("+0.0 pp;-0.0 pp;0 pp", CultureInfo.InvariantCulture);

    /// <summary>Writes a probability.</summary>
    public static string PValue(double probability) =>
        probability < 0.001 ? "< 0.001" : probability.ToString("0.###", CultureInfo.InvariantCulture);

    public static string Duration(double? seconds) => seconds switch
    {
        null => "–",
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0} ms"),
        < 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s"),
        < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.#} min"),
        < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.#} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400:0.#} d"),
    };

    public static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Range(DateTimeOffset from, DateTimeOffset to) =>
        string.Create(CultureInfo.InvariantCulture, $"{from:yyyy-MM-dd HH:mm} to {to:yyyy-MM-dd HH:mm} UTC");

    /// <summary>Writes a number of an SVG attribute.</summary>
    public static string Svg(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
