using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Shop.Catalog;

/// <summary>Entity tags (RFC 9110, 8.8.3): quoted words that change when what they stand for changes.</summary>
internal static class ETags
{
    public static string Of(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    public static string Of(int version, int available) => string.Create(CultureInfo.InvariantCulture, $"\"{version}-{available}\"");

    /// <summary>For If-None-Match: whether the caller has this already.</summary>
    public static bool Match(StringValues header, string tag) =>
        header.Count > 0 && EntityTagHeaderValue.TryParseList(header, out var tags)
        && tags.Any(candidate => candidate.Tag == "*" || candidate.Tag == tag);

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
