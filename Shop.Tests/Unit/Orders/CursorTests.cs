using System.Buffers.Text;
using System.Text;
using Shop.Orders.Ordering;

namespace Shop.Tests.Unit.Orders;

public class CursorTests
{
    [Fact]
    public void A_cursor_comes_back_as_it_was()
    {
        var cursor = new Cursor(new DateTimeOffset(2026, 11, 22, 12, 0, 0, 123, 456, TimeSpan.Zero), Guid.NewGuid());
        Assert.True(Cursor.TryParse(cursor.ToString(), out var again));
        Assert.Equal(cursor, again);
    }

    [Theory]
    [InlineData("1:638000000000000000:0123456789abcdef0123456789abcdef", true)] // the shape that the others spoil
    [InlineData("2:638000000000000000:0123456789abcdef0123456789abcdef", false)]
    [InlineData("1:-1:0123456789abcdef0123456789abcdef", false)]
    [InlineData("1:9223372036854775807:0123456789abcdef0123456789abcdef", false)]
    [InlineData("1:638000000000000000:0123", false)]
    [InlineData("1:638000000000000000", false)]
    [InlineData("", false)]
    public void What_is_not_a_cursor_is_refused(string text, bool good) =>
        Assert.Equal(good, Cursor.TryParse(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text)), out _));

    [Theory]
    [InlineData(null)]
    [InlineData("not base64!")]
    [InlineData("zz")]
    public void Nor_is_what_is_not_even_encoded(string? word) =>
        Assert.False(Cursor.TryParse(word, out _));
}
