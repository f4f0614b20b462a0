using Shop.Catalog.Products;

namespace Shop.Tests.Unit.Catalog;

public class ProductTagTests
{
    [Theory]
    [InlineData("\"7\"", true, 7)]
    [InlineData("*", true, null)]
    [InlineData("W/\"7\"", true, 0)] // a weak tag never matches here (RFC 9110, 13.1.1)
    [InlineData("\"7-12\"", true, 0)] // the tag of the product with its stock
    [InlineData("\"-7\"", true, 0)]
    [InlineData("\"99999999999\"", true, 0)]
    [InlineData("7", false, null)]
    [InlineData("", false, null)]
    [InlineData(null, false, null)]
    public void An_update_says_what_it_has_seen(string? header, bool said, int? version)
    {
        Assert.Equal(said, ProductTags.TryReadVersion(header, out var seen));
        Assert.Equal(version, seen);
    }
}
