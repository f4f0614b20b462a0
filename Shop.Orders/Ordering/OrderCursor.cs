using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Shop.Orders.Ordering;

/// <summary>
/// The position in a list of orders after which the next page starts. It is opaque to clients. All lists of orders have the same sort
/// order, so a cursor is valid for each of them.
/// </summary>
/// <param name="StoredAt">The time at which the last order of the page was stored.</param>
/// <param name="OrderId">The last order of the page.</param>
internal readonly record struct OrderCursor(DateTimeOffset StoredAt, Guid OrderId)
{
    // Base64url of 2:TICKS:ID. The first field is the version of the format.
    private const string Version = "2";
    private const int MaxLength = 100;

    public override string ToString() => Base64Url.EncodeToString(
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Version}:{StoredAt.UtcTicks}:{OrderId:n}")));

    public static bool TryParse([NotNullWhen(true)] string? text, out OrderCursor cursor)
    {
        cursor = default;
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength || !Base64Url.IsValid(text))
        {
            return false;
        }

        var fields = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split(':');
        if (fields is not [Version, var storedAt, var id]
            || !long.TryParse(storedAt, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            || ticks > DateTime.MaxValue.Ticks
            || !Guid.TryParseExact(id, "n", out var orderId))
        {
            return false;
        }

        cursor = new OrderCursor(new DateTimeOffset(ticks, TimeSpan.Zero), orderId);
        return true;
    }
}
