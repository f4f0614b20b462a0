using Shop.Web.Http;

namespace Shop.Tests.Unit.Web;

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
    public void If_None_Match_matches_the_entity_tag(string header, bool match) =>
        Assert.Equal(match, ETags.Match(header, "\"7\""));
}
