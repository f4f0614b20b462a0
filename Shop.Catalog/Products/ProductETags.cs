using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Shop.Catalog.Products;

/// <summary>Entity tags of products. The tag for customers includes the availability; the tag for updates does not.</summary>
internal static class ProductETags
{
    public static string Create(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    public static string Create(int version, int available) => string.Create(CultureInfo.InvariantCulture, $"\"{version}-{available}\"");

    /// <summary>Reads the expected version from an If-Match header.</summary>
    /// <param name="header">The header.</param>
    /// <param name="version">
    /// The expected version; null for <c>*</c>, which matches any version; 0, which matches none, for a valid tag of another format.
    /// </param>
    /// <returns>False if the header is missing or is not a single entity tag.</returns>
    public static bool TryParseIfMatch(StringValues header, out int? version)
    {
        version = null;
        if (header.Count != 1 || !EntityTagHeaderValue.TryParse(header.ToString(), out var tag))
        {
            return false;
        }

        if (tag.Tag != "*")
        {
            var value = tag.Tag.AsSpan().Trim('"');
            // A weak tag never matches If-Match (RFC 9110, 13.1.1).
            version = !tag.IsWeak && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        }

        return true;
    }
}
