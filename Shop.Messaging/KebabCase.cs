using System.Text.RegularExpressions;

namespace Shop.Messaging;

internal static partial class KebabCase
{
    /// <summary>Converts <c>CheckoutSubmitted</c> to <c>checkout-submitted</c>.</summary>
    public static string From(string pascalCase) => WordStart().Replace(pascalCase, "-$1").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z0-9])([A-Z])")]
    private static partial Regex WordStart();
}
