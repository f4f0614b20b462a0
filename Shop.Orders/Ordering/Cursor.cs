using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Shop.Orders.Ordering;

/// <summary>
/// Where the next page of orders starts: after this order, which was submitted then. To clients it is an opaque word. All lists of orders
/// are sorted alike, so a cursor is good for each of them.
/// </summary>
internal readonly record struct Cursor(DateTimeOffset SubmittedAt, Guid OrderId)
{
    // 1:TICKS:ID, then base64url. The leading digit tells it from those of other versions of this service.
    private const string Version = "1";
    private const int LongestWord = 100;

    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Version}:{SubmittedAt.UtcTicks}:{OrderId:n}")));

    public static bool TryParse([NotNullWhen(true)] string? word, out Cursor cursor)
    {
        cursor = default;
        if (string.IsNullOrEmpty(word) || word.Length > LongestWord || !Base64Url.IsValid(word))
            return false;

        var parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(word)).Split(':');
        if (parts is not [Version, var at, var id]
            || !long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) || ticks > DateTime.MaxValue.Ticks
            || !Guid.TryParseExact(id, "n", out var orderId))
            return false;

        cursor = new Cursor(new DateTimeOffset(ticks, TimeSpan.Zero), orderId);
        return true;
    }
}
