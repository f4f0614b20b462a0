using System.Buffers.Text;
using System.Text;
using Shop.Catalog.Products;

namespace Shop.Tests.Unit.Catalog;

public class CursorTests
{
    private const uint List = 0xC0FFEE;

    [Theory]
    [InlineData("BAG-0101", "Harbour Tote")]
    [InlineData("a", "")]
    [InlineData("B", "Ünusual: a name, with colons: and more")]
    public void A_cursor_comes_back_as_it_was(string sku, string value)
    {
        Assert.True(Cursor.TryParse(new Cursor(List, value, sku).ToString(), List, out var cursor));
        Assert.Equal((sku, value), (cursor.Sku, cursor.Value));
    }

    [Fact]
    public void The_longest_name_still_fits() =>
        Assert.True(Cursor.TryParse(new Cursor(List, new string('咖', Product.NameLength), new string('X', Product.SkuLength)).ToString(), List, out _));

    [Fact]
    public void A_cursor_needs_no_escaping_in_a_url()
    {
        var word = new Cursor(List, "???>>>", "BAG-0101").ToString();
        Assert.Equal(word, Uri.EscapeDataString(word));
    }

    [Fact]
    public void A_cursor_of_another_list_is_refused() =>
        Assert.False(Cursor.TryParse(new Cursor(List, "1", "A").ToString(), List + 1, out _));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("zz")]
    [InlineData("not base64!")]
    [InlineData("3:00c0ffee:A:1", true)] // the shape that the others spoil
    [InlineData("2:00c0ffee:A:1", false)] // of another version
    [InlineData("3:00c0ffee:A", false)]
    [InlineData("3:00c0ffee::1", false)]
    [InlineData("3:c0ffee:A:1", false)]
    [InlineData("3:zzzzzzzz:A:1", false)]
    [InlineData("3:00c0ffee:A\0:1", false)]
    [InlineData("3:00c0ffee:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:1", false)]
    public void What_is_not_a_cursor_is_refused(string? text, bool? good = null) =>
        Assert.Equal(good ?? false, Cursor.TryParse(good is null ? text : Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text!)), List, out _));

    [Fact]
    public void What_is_not_text_is_refused()
    {
        Assert.False(Cursor.TryParse(Base64Url.EncodeToString([.. "3:00c0ffee:A:"u8, 0xFF, 0xFE]), List, out _));
        Assert.False(Cursor.TryParse(new string('A', 2000), List, out _));
    }

    public static TheoryData<string, string, bool> Values => new()
    {
        { "name", "anything", true },
        { "price", "1290", true },
        { "price", "-1", false },
        { "price", "12.90", false },
        { "price", "99999999999999999999", false },
        { "-price", "1290", true },
        { "-price", "", false },
        { "newest", "638000000000000000", true },
        { "newest", "1", false },
        { "newest", "9223372036854775807", false },
        { "relevance", "1045220557", true },
        { "relevance", "4294967296", false },
        { "relevance", "NaN", false },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_cursor_must_have_a_value_that_its_list_can_be_sorted_by(string sort, string value, bool good) =>
        Assert.Equal(good, ProductSort.Of(sort, SearchQuery.Parse("word")).After(Array.Empty<Product>().AsQueryable(), new Cursor(List, value, "A")) is not null);

    [Fact]
    public void Every_difference_in_what_is_asked_for_is_another_list()
    {
        var filter = new ProductFilter(SearchQuery.Parse("moka"), "coffee", 100, 200);
        uint[] lists =
        [
            filter.Fingerprint("name"),
            filter.Fingerprint("price"),
            (filter with { Words = SearchQuery.Parse("pan") }).Fingerprint("name"),
            (filter with { Words = null }).Fingerprint("name"),
            (filter with { Category = "desk" }).Fingerprint("name"),
            (filter with { MinPrice = 101 }).Fingerprint("name"),
            (filter with { MinPrice = null }).Fingerprint("name"),
            (filter with { MaxPrice = 201 }).Fingerprint("name"),
        ];
        Assert.Equal(lists.Length, lists.Distinct().Count());
        Assert.Equal(lists[0], new ProductFilter(SearchQuery.Parse("moka"), "coffee", 100, 200).Fingerprint("name"));
    }
}
