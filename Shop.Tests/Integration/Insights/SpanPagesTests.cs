using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.Insights.Events;
using Shop.Tests.Integration.Support;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Integration.Insights;

/// <summary>The map and the causes as pages and as an API, from the service with a database of its own.</summary>
[Collection(WholeApplication.Name)]
public sealed class SpanPagesTests(ShopApp shop)
{
    private static readonly DateTimeOffset _start = DateTimeOffset.UtcNow.AddMinutes(-10);

    [Fact]
    public async Task Map_is_a_drawing_a_table_CSV_and_Mermaid_with_the_same_edges()
    {
        await using var pages = await InsightsPages.StartAsync(shop);
        var request = TestSpan.Create(_start, "storefront", SpanKind.Server);
        var call = TestSpan.Create(_start, "storefront", SpanKind.Client, request).Calls("service", "localhost:1") with { Failed = true };
        await pages.Database.Spans.StoreAsync(
            [request, call, TestSpan.Create(_start, "catalog", SpanKind.Server, call)], CancellationToken.None);

        var page = await pages.OpenAsync("/map?last=1h");
        var api = await pages.Client.GetFromJsonAsync<JsonElement>("/api/v1/map?last=1h");
        var csv = await pages.Client.GetStringAsync("/api/v1/map?last=1h&format=csv");
        var mermaid = await pages.Client.GetStringAsync("/api/v1/map?last=1h&format=mermaid");

        Assert.Equal("2 services, and what they call", page.QuerySelector("h2")!.TextContent);
        Assert.Equal(3, page.QuerySelectorAll("svg.map rect.node").Length);
        Assert.Equal(
            ["clients to storefront", "storefront to catalog"],
            page.QuerySelectorAll("svg.map path.edge title").Select(title => title.TextContent.Split(':')[0]).Order());
        Assert.Single(page.QuerySelectorAll("svg.map path.failing"));
        Assert.Equal(2, page.QuerySelectorAll("table tbody tr").Length);
        Assert.Equal(
            [call.TraceId, call.TraceId],
            page.QuerySelectorAll("table tbody code[title]").Select(trace => trace.GetAttribute("title")));
        Assert.Empty(page.QuerySelectorAll("script"));
        Assert.Equal(2, api.GetProperty("edges").GetArrayLength());
        Assert.Equal(3, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("service/storefront,service/catalog,1,", csv, StringComparison.Ordinal);
        Assert.StartsWith("flowchart LR", mermaid, StringComparison.Ordinal);
        // The calls are older than a minute.
        Assert.Equal(2, mermaid.Split("-.->").Length - 1);
    }

    [Fact]
    public async Task Causes_of_a_step_are_linked_from_the_funnel_and_lead_to_sessions_and_traces()
    {
        await using var pages = await InsightsPages.StartAsync(shop);
        foreach (var session in (string[])["s1", "s2", "s3"])
        {
            await pages.Database.Store.StoreAsync(
                [Event(session, 0, "page.viewed"), Event(session, 1, "product.viewed"), Event(session, 2, "cart.line_added")],
                CancellationToken.None);
        }

        var failed = TestSpan.Create(_start.AddSeconds(5), "storefront", SpanKind.Client) with { SessionId = "s2", HttpStatus = 504 };
        await pages.Database.Spans.StoreAsync([failed], CancellationToken.None);

        var funnel = await pages.OpenAsync("/funnel?last=1h");
        var link = funnel.QuerySelectorAll("a")
            .Single(a => a.TextContent.StartsWith("Why?", StringComparison.Ordinal)).GetAttribute("href")!;
        var page = await pages.OpenAsync(link);
        var csv = await pages.Client.GetStringAsync(page.QuerySelector(".downloads a")!.GetAttribute("href"));

        Assert.Equal("/causes?last=1h&step=4", link);
        Assert.Equal("Why sessions did not reach “Checkout”", page.QuerySelector("h1")!.TextContent);
        Assert.Equal(
            ["No known fault none 2 67%", "A gateway answered in place of a service (504) gateway_timeout 1 33%"],
            page.QuerySelectorAll("table tbody tr").Select(row =>
                string.Join(' ', row.QuerySelectorAll("th > *, .number").Select(cell => cell.TextContent))));
        var row = page.QuerySelectorAll("table tbody tr")[1];
        Assert.Contains(row.QuerySelectorAll("a"), a => a.GetAttribute("href") == "/sessions/s2?last=1h");
        Assert.Equal([failed.TraceId], row.QuerySelectorAll(".example code[title]").Select(trace => trace.GetAttribute("title")));
        Assert.Contains("gateway_timeout,1,0.3333333333333333,", csv, StringComparison.Ordinal);
        Assert.Contains(",s2,", csv, StringComparison.Ordinal);
        Assert.Equal("/correlations?last=1h&step=4", page.QuerySelector("a[href^='/correlations']")!.GetAttribute("href"));
    }

    [Fact]
    public async Task Correlations_are_shown_with_the_shares_of_lost_sessions_and_as_CSV()
    {
        await using var pages = await InsightsPages.StartAsync(shop);
        for (var index = 0; index < 40; index++)
        {
            // 15 of the 20 with an error are lost, and none of the others.
            var (session, hasError, isLost) = ($"s{index}", index < 20, index < 15);
            await pages.Database.Store.StoreAsync(
                [
                    Event(session, 0, "page.viewed"), Event(session, 5, "cart.line_added"),
                    .. hasError ? [Event(session, 1, "browser.error")] : Array.Empty<StoredEvent>(),
                    .. isLost ? Array.Empty<StoredEvent>() : [Event(session, 6, "checkout.submitted")],
                ],
                CancellationToken.None);
        }

        var page = await pages.OpenAsync("/correlations?last=1h&steps=page.viewed;cart.line_added;Order: checkout.submitted");
        var csv = await pages.Client.GetStringAsync(page.QuerySelector(".downloads a")!.GetAttribute("href"));

        Assert.Equal("What lost sessions had before “Order”", page.QuerySelector("h1")!.TextContent);
        var row = Assert.Single(page.QuerySelectorAll("table tbody tr"));
        Assert.Equal(
            ["browser.error", "116", "< 0.001", "75% of 20", "0% of 20"],
            row.QuerySelectorAll("th code, .number").Select(cell => cell.TextContent));
        Assert.Contains("correlation, not cause", page.QuerySelector("h2")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("browser.error,,,15,5,0,20,115.", csv, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Correlation_of_a_value_is_named_by_the_event_and_the_value()
    {
        await using var pages = await InsightsPages.StartAsync(shop);
        for (var index = 0; index < 40; index++)
        {
            var (session, leftBy) = ($"s{index}", index < 20 ? "reload" : "form");
            var page = Event(session, 1, "page.left") with { Properties = $$"""{"shop.page.left_by":"{{leftBy}}"}""" };
            await pages.Database.Store.StoreAsync(
                [
                    Event(session, 0, "page.viewed"), page, Event(session, 5, "cart.line_added"),
                    .. index < 15 ? Array.Empty<StoredEvent>() : [Event(session, 6, "checkout.submitted")],
                ],
                CancellationToken.None);
        }

        var correlations = await pages.OpenAsync("/correlations?last=1h&steps=page.viewed;cart.line_added;checkout.submitted");

        Assert.Equal(
            ["page.left shop.page.left_by=form", "page.left shop.page.left_by=reload"],
            correlations.QuerySelectorAll("tbody th").Select(name => name.TextContent.Trim()).Order());
    }

    [Theory]
    [InlineData("/map?last=1h", "No spans are in this range")]
    [InlineData("/causes?last=1h", "No session was lost before this step")]
    [InlineData("/correlations?last=1h", "There are no sessions to compare")]
    public async Task Page_without_data_says_what_to_do(string address, string heading)
    {
        await using var pages = await InsightsPages.StartAsync(shop);

        var page = await pages.OpenAsync(address);

        Assert.Equal(heading, page.QuerySelector(".empty h2")!.TextContent);
        Assert.NotEmpty(page.QuerySelector(".empty p")!.TextContent);
    }

    [Theory]
    [InlineData("/api/v1/map?last=never", "last")]
    [InlineData("/api/v1/causes?step=1", "step")]
    [InlineData("/api/v1/correlations?step=1", "step")]
    [InlineData("/correlations?step=6", "step")]
    [InlineData("/api/v1/causes?step=6", "step")]
    [InlineData("/api/v1/causes?window=never", "window")]
    [InlineData("/causes?step=1", "step")]
    [InlineData("/funnel/sessions?lost=true&step=1", "step")]
    [InlineData("/funnel/sessions?limit=0", "limit")]
    public async Task Field_that_is_not_valid_is_named(string address, string field)
    {
        await using var pages = await InsightsPages.StartAsync(shop);
        if (address.StartsWith("/api", StringComparison.Ordinal))
        {
            using var response = await pages.Client.GetAsync(address);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.NotEmpty(problem.GetProperty("errors").GetProperty(field).EnumerateArray());
        }
        else
        {
            Assert.Equal(field, (await pages.OpenAsync(address)).QuerySelector(".notice.bad code")!.TextContent);
        }
    }

    private static StoredEvent Event(string session, int seconds, string name) =>
        TestEvents.Create(_start.AddSeconds(seconds), name, session, "/");
}
