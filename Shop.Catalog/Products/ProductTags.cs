using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Shop.Catalog.Products;

/// <summary>The entity tags of a product: of what it says, and of that with how much of it there is.</summary>
internal static class ProductTags
{
    public static string Of(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    public static string Of(int version, int available) => string.Create(CultureInfo.InvariantCulture, $"\"{version}-{available}\"");

    /// <summary>
    /// For If-Match: the version that the caller has seen. False when the header is missing or is not ours; null when any will do (<c>*</c>).
    /// A tag that is well formed but none of ours stands for a version that never was.
    /// </summary>
    public static bool TryReadVersion(StringValues header, out int? version)
    {
        version = null;
        if (header.Count != 1 || !EntityTagHeaderValue.TryParse(header.ToString(), out var tag))
            return false;
        if (tag.Tag != "*")
            version = !tag.IsWeak && int.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seen) ? seen : 0;
        return true;
    }
}
