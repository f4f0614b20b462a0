using System.Buffers.Text;
using System.Text;
using Shop.Catalog.Products;

namespace Shop.Tests.Unit.Catalog;

public class ProductCursorTests
{
    private const uint Fingerprint = 0xC0FFEE;

    [Theory]
    [InlineData("BAG-0101", "Harbour Tote")]
    [InlineData("a", "")]
    [InlineData("B", "Ünusual: a name, with colons: and more")]
    public void Cursor_round_trips_through_its_token(string sku, string sortValue)
    {
        Assert.True(ProductCursor.TryParse(new ProductCursor(Fingerprint, sortValue, sku).ToString(), Fingerprint, out var cursor));
        Assert.Equal((sku, sortValue), (cursor.Sku, cursor.SortValue));
    }

    [Fact]
    public void Token_of_the_longest_name_and_sku_is_valid()
    {
        var cursor = new ProductCursor(Fingerprint, new string('咖', Product.MaxNameLength), new string('X', Product.MaxSkuLength));
        Assert.True(ProductCursor.TryParse(cursor.ToString(), Fingerprint, out _));
    }

    [Fact]
    public void Token_needs_no_escaping_in_a_url()
    {
        var token = new ProductCursor(Fingerprint, "???>>>", "BAG-0101").ToString();
        Assert.Equal(token, Uri.EscapeDataString(token));
    }

    [Fact]
    public void Cursor_of_another_list_is_rejected() =>
        Assert.False(ProductCursor.TryParse(new ProductCursor(Fingerprint, "1", "A").ToString(), Fingerprint + 1, out _));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("zz")]
    [InlineData("not base64!")]
    [InlineData("3:00c0ffee:A:1", true)] // valid; the others are variations of it
    [InlineData("2:00c0ffee:A:1", false)] // another format version
    [InlineData("3:00c0ffee:A", false)]
    [InlineData("3:00c0ffee::1", false)]
    [InlineData("3:c0ffee:A:1", false)]
    [InlineData("3:zzzzzzzz:A:1", false)]
    [InlineData("3:00c0ffee:A\0:1", false)]
    [InlineData("3:00c0ffee:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:1", false)]
    public void Malformed_cursor_is_rejected(string? text, bool? valid = null)
    {
        var token = valid is null ? text : Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text!));
        Assert.Equal(valid ?? false, ProductCursor.TryParse(token, Fingerprint, out _));
    }

    [Fact]
    public void Cursor_of_invalid_utf8_or_excessive_length_is_rejected()
    {
        Assert.False(ProductCursor.TryParse(Base64Url.EncodeToString([.. "3:00c0ffee:A:"u8, 0xFF, 0xFE]), Fingerprint, out _));
        Assert.False(ProductCursor.TryParse(new string('A', 2000), Fingerprint, out _));
    }

    public static TheoryData<string, string, bool> SortValues => new()
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
    [MemberData(nameof(SortValues))]
    public void Sort_value_of_a_cursor_must_fit_the_sort_order(string sort, string sortValue, bool valid)
    {
        var products = Array.Empty<Product>().AsQueryable();
        var cursor = new ProductCursor(Fingerprint, sortValue, "A");
        Assert.Equal(valid, ProductSort.Create(sort, SearchQuery.Parse("word")).After(products, cursor) is not null);
    }

    [Fact]
    public void Fingerprint_changes_with_each_filter_and_with_the_sort_order()
    {
        var filter = new ProductFilter(SearchQuery.Parse("moka"), "coffee", 100, 200);
        uint[] fingerprints =
        [
            filter.Fingerprint("name"),
            filter.Fingerprint("price"),
            (filter with { Search = SearchQuery.Parse("pan") }).Fingerprint("name"),
            (filter with { Search = null }).Fingerprint("name"),
            (filter with { Category = "desk" }).Fingerprint("name"),
            (filter with { MinPrice = 101 }).Fingerprint("name"),
            (filter with { MinPrice = null }).Fingerprint("name"),
            (filter with { MaxPrice = 201 }).Fingerprint("name"),
        ];
        Assert.Equal(fingerprints.Length, fingerprints.Distinct().Count());
        Assert.Equal(fingerprints[0], new ProductFilter(SearchQuery.Parse("moka"), "coffee", 100, 200).Fingerprint("name"));
    }
}
