using System.Globalization;
using Microsoft.Extensions.Primitives;
using Shop.Web.Http;

namespace Shop.Catalog.Products;

/// <summary>Entity tags of products. The tag for customers includes the availability; the tag for updates does not.</summary>
internal static class ProductETags
{
    public static string Create(int version) => ETags.Create<ProductDetails>(version.ToString(CultureInfo.InvariantCulture));

    public static string Create(int version, int available) =>
        ETags.Create<ProductView>(string.Create(CultureInfo.InvariantCulture, $"{version}-{available}"));

    /// <summary>Reads the expected versions from an If-Match header.</summary>
    /// <param name="header">The header.</param>
    /// <param name="versions">The expected versions; null for <c>*</c>, which matches any version; empty if no version can match.</param>
    /// <returns>False if the header is missing or malformed.</returns>
    public static bool TryParseIfMatch(StringValues header, out int[]? versions)
    {
        var valid = ETags.TryParseIfMatch<ProductDetails>(header, out var tags);
        versions = tags is null
            ? null
            : [.. tags.Select(tag => int.TryParse(tag, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)];
        return valid;
    }
}
