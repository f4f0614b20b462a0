using Shop.Tests.EndToEnd.Support;
using Shop.Tests.Integration.Insights;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.EndToEnd;

/// <summary>The pages of Insights with a figure of each kind, from the service with a database of its own.</summary>
[Collection(EndToEndApplication.Name)]
public sealed class InsightsFigureTests(ShopApp shop, Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    // With an element that is not shown without figures.
    private static readonly (string Path, string Heading, string Element)[] _pages =
    [
        ("/jumps?pairs=referrer", "Redirects", "svg.rate-line"),
        ("/alerts", "Alerts", ".alert.firing"),
        ("/alerts", "Alerts", "table th[scope=row]"),
        ("/experiments", "Experiments", "table th[scope=row]"),
        ("/quality", "Data quality", ".below"),
        ("/map", "Map", "svg.map .failing"),
        ("/causes?step=4", "Why sessions did not reach", "svg.interval"),
        ("/correlations?steps=page.viewed;cart.line_added;page.redirected", "What lost sessions had before", "svg.interval"),
        ("/causes?step=9", "Causes", ".notice.bad"),
    ];

    [Fact]
    public async Task Page_with_figures_has_no_accessibility_violation_and_fits_on_a_phone()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        await InsightsSample.StoreAsync(database, DateTimeOffset.UtcNow.AddMinutes(-10));
        using var insights = InProcessService.StartInsights(
            settings:
            [
                ("ConnectionStrings:insightsdb", database.ConnectionString), ("Insights:Correlations:MinSessions", "1"),
                .. BearerTokens.Settings(_signingKey),
            ]);
        var address = insights.Client.BaseAddress!;
        await using var session = await chromium.StartSessionAsync(new()
        {
            BaseURL = address.ToString(),
            ExtraHTTPHeaders = [new("Authorization", $"Bearer {BearerTokens.Create(_signingKey, "staff")}")],
        });
        var tab = new Tab(await session.NewPageAsync(), [address]);

        foreach (var (path, heading, element) in _pages)
        {
            await tab.OpenAsync(path);
            await tab.SeeAsync("h1", heading);
            // Folded sections are checked as well.
            await tab.Page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
            Assert.True(await tab.Find(element).CountAsync() > 0, $"{path} has no {element}.");

            var violations = await Accessibility.FindViolationsAsync(tab);
            await tab.Page.SetViewportSizeAsync(Device.Phone.Width, Device.Phone.Height);
            var width = await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");

            Assert.True(violations.Count == 0, $"{path}\n{string.Join('\n', violations)}");
            Assert.True(width <= Device.Phone.Width, $"{path} is {width} px wide on a phone.");
        }

        Assert.Empty(tab.Faults);
    }
}
