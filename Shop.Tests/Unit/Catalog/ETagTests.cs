using Shop.Catalog;

namespace Shop.Tests.Unit.Catalog;

public class ETagTests
{
    [Theory]
    [InlineData("\"7\"", true)]
    [InlineData("W/\"7\"", true)]
    [InlineData("\"1\", \"7\"", true)]
    [InlineData("*", true)]
    [InlineData("\"8\"", false)]
    [InlineData("7", false)]
    [InlineData("", false)]
    [InlineData("\"", false)]
    public void A_caller_who_has_it_already_is_told_so(string header, bool match) =>
        Assert.Equal(match, ETags.Match(header, ETags.Of(7)));

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
        Assert.Equal(said, ETags.TryReadVersion(header, out var seen));
        Assert.Equal(version, seen);
    }
}
