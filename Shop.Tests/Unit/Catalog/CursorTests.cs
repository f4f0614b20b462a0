using Shop.Catalog.Products;

namespace Shop.Tests.Unit.Catalog;

public class CursorTests
{
    [Theory]
    [InlineData("BAG-0101")]
    [InlineData("a")]
    [InlineData("ÄÖÜ-7")]
    public void A_cursor_comes_back_as_it_was(string sku)
    {
        Assert.True(Cursor.TryParse(new Cursor(sku).ToString(), out var cursor));
        Assert.Equal(sku, cursor.AfterSku);
    }

    [Fact]
    public void A_cursor_needs_no_escaping_in_a_url()
    {
        var word = new Cursor("BAG-0101???>>>").ToString();
        Assert.Equal(word, Uri.EscapeDataString(word));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("zz")]
    [InlineData("not base64!")]
    [InlineData("MjpCQUctMDEwMg")] // of another version, "2:BAG-0102"
    [InlineData("MToA")] // a control character, "1:\0"
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_not_a_cursor_is_refused(string? word) =>
        Assert.False(Cursor.TryParse(word, out _));
}
