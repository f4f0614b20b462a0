using System.Text.RegularExpressions;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Architecture;

/// <summary>
/// The style sheets of the services with pages. Each service serves its own, so that its pages need no other service, and repeats the
/// colours and sizes that it uses.
/// </summary>
public partial class StyleSheetTests
{
    [Theory]
    [InlineData("Shop.Identity/wwwroot/sso/site.css")]
    //#if (withInsights)
    [InlineData("Shop.Insights/wwwroot/insights.css")]
    //#endif
    public void Colours_and_sizes_are_those_of_the_storefront(string path)
    {
        var storefront = ReadTokens("Shop.Storefront/wwwroot/shop.css");

        var tokens = ReadTokens(path);

        Assert.NotEmpty(tokens);
        // The tables of Insights are wider than the pages of the shop.
        tokens.Remove("--width");
        Assert.All(tokens, token => Assert.Equal(storefront.GetValueOrDefault(token.Key), token.Value));
    }

    // The values of each token: the first is that of the light scheme, the second that of the dark one.
    private static Dictionary<string, string[]> ReadTokens(string path) =>
        Token().Matches(File.ReadAllText(Path.Combine(Repository.Root, path)))
            .GroupBy(token => token.Groups[1].Value, token => token.Groups[2].Value)
            .ToDictionary(token => token.Key, token => token.ToArray());

    // --paper: #fbf8f3;
    [GeneratedRegex("(--[a-z0-9-]+):([^;]+);")]
    private static partial Regex Token();
}
