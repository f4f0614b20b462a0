using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Shop.Catalog.Products;

/// <summary>
/// Where the next page starts: after the product with this SKU, which had this value in what the list is sorted by. To clients it is
/// an opaque word. It is good for the list that it came from and no other, which is what <paramref name="List"/> is for.
/// </summary>
internal readonly record struct Cursor(uint List, string Value, string Sku)
{
    // 3:LLLLLLLL:sku:value, then base64url. The leading digit tells it from those of other versions of this service.
    private const string Version = "3";
    private const int LongestWord = 1024;

    // Nothing is mended silently: what is not UTF-8 is not a cursor.
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override string ToString() =>
        Base64Url.EncodeToString(_strict.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Version}:{List:x8}:{Sku}:{Value}")));

    public static bool TryParse([NotNullWhen(true)] string? word, uint list, out Cursor cursor)
    {
        cursor = default;
        if (string.IsNullOrEmpty(word) || word.Length > LongestWord || !Base64Url.IsValid(word) || TextOf(word) is not { } text || text.Any(char.IsControl))
            return false;

        var parts = text.Split(':', 4);
        if (parts is not [Version, { Length: 8 } from, { Length: > 0 and <= Product.SkuLength } sku, var value]
            || !uint.TryParse(from, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var origin) || origin != list)
            return false;

        cursor = new Cursor(list, value, sku);
        return true;
    }

    private static string? TextOf(string word)
    {
        try
        {
            return _strict.GetString(Base64Url.DecodeFromChars(word));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
