using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Shop.Catalog.Products;

/// <summary>
/// Where the next page starts: after this SKU. To clients it is an opaque word, so that what pages are sorted by may change;
/// the leading digit then tells old cursors from new ones.
/// </summary>
internal readonly record struct Cursor(string AfterSku)
{
    private const string Version = "1:";

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Version + AfterSku));

    public static bool TryParse([NotNullWhen(true)] string? word, out Cursor cursor)
    {
        cursor = default;
        if (string.IsNullOrEmpty(word) || word.Length > 2 * Product.SkuLength || !Base64Url.IsValid(word))
            return false;

        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(word));
        if (!text.StartsWith(Version, StringComparison.Ordinal) || text.Any(char.IsControl))
            return false;

        cursor = new Cursor(text[Version.Length..]);
        return true;
    }
}
