using System.Buffers.Text;
using System.Text;
using Shop.Orders.Ordering;

namespace Shop.Tests.Unit.Orders;

public class OrderCursorTests
{
    [Fact]
    public void Formatted_cursor_is_parsed_to_the_same_cursor()
    {
        var cursor = new OrderCursor(new DateTimeOffset(2026, 11, 22, 12, 0, 0, 123, 456, TimeSpan.Zero), Guid.NewGuid());
        Assert.True(OrderCursor.TryParse(cursor.ToString(), out var parsed));
        Assert.Equal(cursor, parsed);
    }

    [Theory]
    [InlineData("2:638000000000000000:0123456789abcdef0123456789abcdef", true)] // the valid form of the others
    [InlineData("1:638000000000000000:0123456789abcdef0123456789abcdef", false)]
    [InlineData("2:-1:0123456789abcdef0123456789abcdef", false)]
    [InlineData("2:9223372036854775807:0123456789abcdef0123456789abcdef", false)]
    [InlineData("2:638000000000000000:0123", false)]
    [InlineData("2:638000000000000000", false)]
    [InlineData("", false)]
    public void Encoded_text_is_parsed_only_when_its_fields_are_valid(string text, bool valid) =>
        Assert.Equal(valid, OrderCursor.TryParse(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text)), out _));

    [Theory]
    [InlineData(null)]
    [InlineData("not base64!")]
    [InlineData("zz")]
    public void Text_that_is_not_encoded_is_not_parsed(string? text) =>
        Assert.False(OrderCursor.TryParse(text, out _));
}
