using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Shop.Catalog.Products;

/// <summary>The position of the last product of a page, an opaque token for clients. The next page starts after it.</summary>
/// <param name="Fingerprint">Fingerprint of the list. A cursor is valid for one list only.</param>
/// <param name="SortValue">Value of the product in the sort order of the list.</param>
/// <param name="Sku">SKU of the product.</param>
internal readonly record struct ProductCursor(uint Fingerprint, string SortValue, string Sku)
{
    // "3:LLLLLLLL:sku:value" in base64url, where LLLLLLLL is the fingerprint in hexadecimal digits. A cursor of another format version is
    // invalid.
    private const string FormatVersion = "3";
    private const int MaxTokenLength = 1024;

    // Throws on invalid UTF-8 instead of replacing it.
    private static readonly UTF8Encoding _strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Returns the cursor as a token that needs no escaping in a URL.</summary>
    public override string ToString() => Base64Url.EncodeToString(
        _strictUtf8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{FormatVersion}:{Fingerprint:x8}:{Sku}:{SortValue}")));

    /// <summary>Parses a token. Returns false if it is malformed or belongs to a list with another fingerprint.</summary>
    public static bool TryParse([NotNullWhen(true)] string? token, uint fingerprint, out ProductCursor cursor)
    {
        cursor = default;
        if (string.IsNullOrEmpty(token) || token.Length > MaxTokenLength || !Base64Url.IsValid(token)
            || Decode(token) is not { } text || text.Any(char.IsControl))
        {
            return false;
        }

        if (text.Split(':', 4) is not [FormatVersion, { Length: 8 } list, { Length: > 0 and <= Product.MaxSkuLength } sku, var sortValue]
            || !uint.TryParse(list, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var parsedFingerprint)
            || parsedFingerprint != fingerprint)
        {
            return false;
        }

        cursor = new ProductCursor(fingerprint, sortValue, sku);
        return true;
    }

    private static string? Decode(string token)
    {
        try
        {
            return _strictUtf8.GetString(Base64Url.DecodeFromChars(token));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
