using System.Collections.Frozen;
using System.Globalization;
using Shop.Contracts;

namespace Shop.Storefront.Pages.Layout;

/// <summary>Amounts of money as people write them in English: <c>€1,299.00</c>, <c>¥500</c>, <c>CHF 12.50</c>.</summary>
internal static class MoneyText
{
    private static readonly FrozenDictionary<string, string> _symbols = new Dictionary<string, string>
    {
        ["EUR"] = "€",
        ["GBP"] = "£",
        ["USD"] = "$",
        ["JPY"] = "¥",
        ["INR"] = "₹",
        ["KRW"] = "₩",
    }.ToFrozenDictionary();

    // ISO 4217; all other currencies have two.
    private static readonly FrozenDictionary<string, int> _decimals =
        ((string[])["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"])
        .ToDictionary(currency => currency, _ => 0)
        .Concat(((string[])["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]).ToDictionary(currency => currency, _ => 3))
        .ToFrozenDictionary();

    /// <summary>Formats an amount.</summary>
    public static string Format(Money money)
    {
        var decimals = GetDecimals(money.Currency);
        var amount = Math.Abs((decimal)money.Amount) / Scale(decimals);
        var number = amount.ToString($"N{decimals}", CultureInfo.InvariantCulture);
        var sign = money.Amount < 0 ? "−" : "";
        return _symbols.TryGetValue(money.Currency, out var symbol)
            ? $"{sign}{symbol}{number}"
            : $"{sign}{money.Currency}\u00a0{number}";
    }

    /// <summary>
    /// Reads an amount that a visitor has typed, such as <c>12.50</c>, <c>12,5</c> or <c>1,299.00</c>, in minor units; null if it is none.
    /// </summary>
    public static long? Parse(string? text, string currency)
    {
        const decimal Max = 1_000_000_000;
        var number = text?.Trim() ?? "";
        // As the shop writes it, commas separate thousands.
        number = GetDecimals(currency) != 3 && HasThousands(number) ? number.Replace(",", "") : number.Replace(',', '.');
        return decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) && amount <= Max
            ? (long)decimal.Round(amount * Scale(GetDecimals(currency)))
            : null;
    }

    private static bool HasThousands(string number) =>
        number.Split('.')[0].Split(',') is [{ Length: 1 or 2 or 3 }, _, ..] groups && groups[1..].All(group => group.Length == 3);

    private static int GetDecimals(string currency) => _decimals.GetValueOrDefault(currency, 2);

    private static decimal Scale(int decimals) => decimals switch { 0 => 1m, 3 => 1000m, _ => 100m };
}
