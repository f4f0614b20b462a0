using Shop.Web.Http;

namespace Shop.Tests.Unit.ServiceDefaults.Http;

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
        Assert.Equal(match, ETags.Match(header, "\"7\""));
}
