using Shop.Catalog.Products;

namespace Shop.Tests.Unit.Catalog;

public class ProductETagTests
{
    [Theory]
    [InlineData("\"7\"", true, 7)]
    [InlineData("*", true, null)]
    [InlineData("W/\"7\"", true, 0)] // a weak tag never matches If-Match (RFC 9110, 13.1.1)
    [InlineData("\"7-12\"", true, 0)] // the tag of the product with its availability
    [InlineData("\"-7\"", true, 0)]
    [InlineData("\"99999999999\"", true, 0)]
    [InlineData("7", false, null)]
    [InlineData("", false, null)]
    [InlineData(null, false, null)]
    public void If_Match_header_is_parsed_into_the_expected_version(string? header, bool valid, int? version)
    {
        Assert.Equal(valid, ProductETags.TryParseIfMatch(header, out var expectedVersion));
        Assert.Equal(version, expectedVersion);
    }
}
