using System.Globalization;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>What the pages have in common: ranges, filters, sessions and the age of the data.</summary>
[Collection(WholeApplication.Name)]
public sealed class PageTests(ShopApp shop)
{
    private static readonly DateTimeOffset _start = DateTimeOffset.UtcNow.AddMinutes(-10);

    [Theory]
    [InlineData("/")]
    [InlineData("/funnel")]
    [InlineData("/funnel/sessions?step=1")]
    [InlineData("/sessions/s1")]
    [InlineData("/causes")]
    [InlineData("/paths")]
    [InlineData("/jumps")]
    [InlineData("/alerts")]
    [InlineData("/experiments")]
    [InlineData("/critical-routes")]
    [InlineData("/quality")]
    public async Task Page_shows_the_newest_event_also_of_other_visitors_and_ranges(string address)
    {
        await using var pages = await InsightsPages.StartAsync(shop);
        var newest = TestEvents.Page(_start.AddMinutes(1), "s2", "/") with { Synthetic = true };
        await pages.Database.Store.StoreAsync([TestEvents.Page(_start, "s1", "/"), newest], CancellationToken.None);

        var page = await pages.OpenAsync($"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}last=5m");

        var time = Assert.Single(page.QuerySelectorAll(".title .as-of time")).GetAttribute("datetime")!;
        Assert.Equal(newest.Time, DateTimeOffset.Parse(time, CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("/?last=never")]
    [InlineData("/funnel?window=never")]
    [InlineData("/funnel/sessions?step=0")]
    [InlineData("/causes?step=1")]
    [InlineData("/paths?steps=1")]
    [InlineData("/jumps?pairs=none")]
    [InlineData("/alerts?last=never")]
    [InlineData("/experiments?window=never")]
    [InlineData("/critical-routes?conversion=a%20b")]
    [InlineData("/quality?synthetic=1")]
    [InlineData("/map?last=never")]
    public async Task Page_with_a_parameter_that_is_not_valid_has_no_figures_and_no_age(string address)
    {
        await using var pages = await InsightsPages.StartAsync(shop);

        var page = await pages.OpenAsync(address);

        Assert.Single(page.QuerySelectorAll(".notice.bad"));
        Assert.Empty(page.QuerySelectorAll(".as-of, .figures, table"));
    }

    [Theory]
    [InlineData("/funnel/sessions?last=1h&step=1")]
    [InlineData("/funnel/sessions?last=1h&step=2&lost=true")]
    [InlineData("/sessions/s1")]
    public async Task Page_of_sessions_leads_to_the_traces_of_their_events(string address)
    {
        await using var pages = await InsightsPages.StartAsync(shop);
        var viewed = TestEvents.Page(_start, "s1", "/");
        await pages.Database.Store.StoreAsync([viewed], CancellationToken.None);

        var page = await pages.OpenAsync(address);

        Assert.Equal(viewed.TraceId, page.QuerySelector("main code[title]")!.GetAttribute("title"));
    }

    [Theory]
    [InlineData("/funnel/sessions?last=1h&synthetic=true&step=2&lost=true")]
    [InlineData("/causes?last=1h&synthetic=true&step=2")]
    public async Task Session_has_the_range_and_the_visitors_of_the_page_that_leads_to_it(string address)
    {
        await using var pages = await InsightsPages.StartAsync(shop);
        await pages.Database.Store.StoreAsync([TestEvents.Page(_start, "s1", "/")], CancellationToken.None);

        var page = await pages.OpenAsync(address);
        var link = page.QuerySelector("a[href^='/sessions/']")!.GetAttribute("href")!;
        var session = await pages.OpenAsync(link);

        Assert.Equal("/sessions/s1?last=1h&synthetic=true", link);
        Assert.Equal("/funnel?last=1h&synthetic=true", session.QuerySelector(".crumbs a")!.GetAttribute("href"));
        Assert.Equal("/paths?last=1h&synthetic=true", session.QuerySelector("nav a[href^='/paths']")!.GetAttribute("href"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/alerts")]
    [InlineData("/quality")]
    [InlineData("/map")]
    public async Task Link_to_a_range_replaces_the_one_between_two_times(string path)
    {
        await using var pages = await InsightsPages.StartAsync(shop);

        var usual = await pages.OpenAsync(path);
        var between = await pages.OpenAsync($"{path}?from=2026-11-26T18:00&to=2026-11-26T19:00&last=1h");

        Assert.Equal("24h", Assert.Single(usual.QuerySelectorAll(".ranges a[aria-current]")).TextContent);
        Assert.Empty(between.QuerySelectorAll(".ranges a[aria-current]"));
        Assert.Contains($"{path}?last=7d", between.QuerySelectorAll(".ranges a").Select(link => link.GetAttribute("href")));
    }

    [Fact]
    public async Task Form_shows_the_filters_of_the_address()
    {
        await using var pages = await InsightsPages.StartAsync(shop);

        var page = await pages.OpenAsync("/funnel?from=2026-11-26T18:00:30%2B01:00&device=mobile");

        Assert.Equal("2026-11-26T17:00:30", page.QuerySelector("input#from[type=datetime-local]")!.GetAttribute("value"));
        Assert.Equal("mobile", page.QuerySelector("select#device option[selected]")!.GetAttribute("value"));
    }
}
