using Shop.Catalog.Products;
using Shop.Web.Http;

namespace Shop.Tests.Unit.Catalog;

public class ProductETagTests
{
    // TAG stands for the part of a tag that depends on the form of the representation.
    [Theory]
    [InlineData("\"TAG.7\"", true, new[] { 7 })]
    [InlineData("\"TAG.7\", \"TAG.9\"", true, new[] { 7, 9 })]
    [InlineData("\"other\",\"TAG.7\"", true, new[] { 7 })]
    [InlineData("*", true, null)]
    [InlineData("W/\"TAG.7\"", true, new int[0])] // a weak tag never matches If-Match (RFC 9110, 13.1.1)
    [InlineData("\"TAG.7-12\"", true, new[] { 0 })] // no version is 0
    [InlineData("\"TAG.-7\"", true, new[] { 0 })]
    [InlineData("\"TAG.99999999999\"", true, new[] { 0 })]
    [InlineData("\"7\"", true, new int[0])] // the tag of another form of the representation
    [InlineData("\"TAG.7\", nonsense", false, null)]
    [InlineData("7", false, null)]
    [InlineData("", false, null)]
    [InlineData(null, false, null)]
    public void If_Match_header_is_parsed_into_the_expected_versions(string? header, bool valid, int[]? versions)
    {
        var form = ProductETags.Create(1).Split('.')[0].Trim('"');
        Assert.Equal(valid, ProductETags.TryParseIfMatch(header?.Replace("TAG", form, StringComparison.Ordinal), out var expectedVersions));
        Assert.Equal(versions, expectedVersions);
    }

    [Fact]
    public void Etag_of_another_form_of_a_representation_is_another_one()
    {
        Assert.Equal(ETags.Create<Old>("1"), ETags.Create<Old>("1"));
        Assert.NotEqual(ETags.Create<Old>("1"), ETags.Create<Old>("2"));
        Assert.NotEqual(ETags.Create<Old>("1"), ETags.Create<MemberAdded>("1"));
        Assert.NotEqual(ETags.Create<Old>("1"), ETags.Create<MemberRenamed>("1"));
        Assert.NotEqual(ETags.Create<List<Old>>("1"), ETags.Create<List<MemberAdded>>("1"));
        Assert.NotEqual(ProductETags.Create(1), ProductETags.Create(1, 1));
    }

    private sealed record Old(string Name, int Number);

    private sealed record MemberAdded(string Name, int Number, string? Added);

    private sealed record MemberRenamed(string Title, int Number);
}
