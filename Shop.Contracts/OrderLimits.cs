using System.Text.RegularExpressions;

namespace Shop.Contracts;

/// <summary>
/// Limits and formats of an order and its lines, shared by all services: Orders and Catalog never reject an order for its size when Cart
/// has accepted it. Minimum and maximum values are inclusive.
/// </summary>
public static partial class OrderLimits
{
    /// <summary>Maximum number of lines of an order. A cart cannot be configured to hold more.</summary>
    public const int MaxLines = 100;

    /// <summary>Minimum quantity of a line, in units of the product.</summary>
    public const int MinQuantity = 1;

    /// <summary>Maximum quantity of a line, in units of the product.</summary>
    public const int MaxQuantity = 99;

    /// <summary>Maximum length of the name of a product in an order, in characters.</summary>
    public const int MaxNameLength = 100;

    /// <summary>Regular expression of a cart id: 1 to 64 letters, digits, hyphens and underscores.</summary>
    public const string CartIdPattern = "^[A-Za-z0-9_-]{1,64}$";

    /// <summary>Maximum length of a cart id, in characters.</summary>
    public const int MaxCartIdLength = 64;

    /// <summary>Regular expression of a customer id, the subject of a member: 1 to 64 visible ASCII characters.</summary>
    public const string CustomerIdPattern = "^[!-~]{1,64}$";

    /// <summary>Maximum length of a customer id, in characters.</summary>
    public const int MaxCustomerIdLength = 64;

    /// <summary>Regular expression of a SKU: 1 to 32 letters, digits and hyphens.</summary>
    public const string SkuPattern = "^[A-Za-z0-9-]{1,32}$";

    /// <summary>Maximum length of a SKU, in characters.</summary>
    public const int MaxSkuLength = 32;

    /// <summary>Determines whether a text is a SKU.</summary>
    /// <param name="text">The text.</param>
    public static bool IsSku(string? text) => SkuRegex().IsFullMatch(text);

    [GeneratedRegex(SkuPattern)]
    private static partial Regex SkuRegex();
}
