using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Shop.Insights.Events;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Integration.Insights;

/// <summary>The map and the causes as pages and as an API, from the service with a database of its own.</summary>
[Collection(WholeApplication.Name)]
public sealed class SpanPagesTests(ShopApp shop)
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);
    private static readonly DateTimeOffset _start = DateTimeOffset.UtcNow.AddMinutes(-10);

    [Fact]
    public async Task Map_is_a_drawing_a_table_CSV_and_Mermaid_with_the_same_edges()
    {
        await using var database = await CreateAsync();
        var request = TestSpan.Create(_start, "storefront", SpanKind.Server);
        var call = TestSpan.Create(_start, "storefront", SpanKind.Client, request).Calls("service", "localhost:1") with { Failed = true };
        await database.Spans.StoreAsync([request, call, TestSpan.Create(_start, "catalog", SpanKind.Server, call)], CancellationToken.None);
        using var insights = Start(database);

        var page = await OpenAsync(insights, "/map?last=1h");
        var api = await GetStaff(insights).GetFromJsonAsync<JsonElement>("/api/v1/map?last=1h");
        var csv = await GetStaff(insights).GetStringAsync("/api/v1/map?last=1h&format=csv");
        var mermaid = await GetStaff(insights).GetStringAsync("/api/v1/map?last=1h&format=mermaid");

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
        await using var database = await CreateAsync();
        foreach (var session in (string[])["s1", "s2", "s3"])
        {
            await database.Store.StoreAsync(
                [Event(session, 0, "page.viewed"), Event(session, 1, "product.viewed"), Event(session, 2, "cart.line_added")],
                CancellationToken.None);
        }

        var failed = TestSpan.Create(_start.AddSeconds(5), "storefront", SpanKind.Client) with { SessionId = "s2", HttpStatus = 504 };
        await database.Spans.StoreAsync([failed], CancellationToken.None);
        using var insights = Start(database);

        var funnel = await OpenAsync(insights, "/funnel?last=1h");
        var link = funnel.QuerySelectorAll("a")
            .Single(a => a.TextContent.StartsWith("Why?", StringComparison.Ordinal)).GetAttribute("href")!;
        var page = await OpenAsync(insights, link);
        var csv = await GetStaff(insights).GetStringAsync(page.QuerySelector(".downloads a")!.GetAttribute("href"));

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
    }

    [Theory]
    [InlineData("/funnel/sessions?last=1h&step=1")]
    [InlineData("/funnel/sessions?last=1h&step=2&lost=true")]
    [InlineData("/sessions/s1")]
    public async Task Page_of_sessions_leads_to_the_traces_of_their_events(string address)
    {
        await using var database = await CreateAsync();
        var viewed = Event("s1", 0, "page.viewed");
        await database.Store.StoreAsync([viewed], CancellationToken.None);
        using var insights = Start(database);

        var page = await OpenAsync(insights, address);

        Assert.Equal(viewed.TraceId, page.QuerySelector("main code[title]")!.GetAttribute("title"));
    }

    [Theory]
    [InlineData("/funnel/sessions?last=1h&synthetic=true&step=2&lost=true")]
    [InlineData("/causes?last=1h&synthetic=true&step=2")]
    public async Task Session_has_the_range_and_the_visitors_of_the_page_that_leads_to_it(string address)
    {
        await using var database = await CreateAsync();
        await database.Store.StoreAsync([Event("s1", 0, "page.viewed")], CancellationToken.None);
        using var insights = Start(database);

        var page = await OpenAsync(insights, address);
        var link = page.QuerySelector("a[href^='/sessions/']")!.GetAttribute("href")!;
        var session = await OpenAsync(insights, link);

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
        await using var database = await CreateAsync();
        using var insights = Start(database);

        var usual = await OpenAsync(insights, path);
        var between = await OpenAsync(insights, $"{path}?from=2026-11-26T18:00&to=2026-11-26T19:00&last=1h");

        Assert.Equal("24h", Assert.Single(usual.QuerySelectorAll(".ranges a[aria-current]")).TextContent);
        Assert.Empty(between.QuerySelectorAll(".ranges a[aria-current]"));
        Assert.Contains($"{path}?last=7d", between.QuerySelectorAll(".ranges a").Select(link => link.GetAttribute("href")));
    }

    [Fact]
    public async Task Form_shows_the_filters_of_the_address()
    {
        await using var database = await CreateAsync();
        using var insights = Start(database);

        var page = await OpenAsync(insights, "/funnel?from=2026-11-26T18:00:30%2B01:00&device=mobile");

        Assert.Equal("2026-11-26T17:00:30", page.QuerySelector("input#from[type=datetime-local]")!.GetAttribute("value"));
        Assert.Equal("mobile", page.QuerySelector("select#device option[selected]")!.GetAttribute("value"));
    }

    [Theory]
    [InlineData("/map?last=1h", "No spans are in this range")]
    [InlineData("/causes?last=1h", "No session was lost before this step")]
    public async Task Page_without_data_says_what_to_do(string address, string heading)
    {
        await using var database = await CreateAsync();
        using var insights = Start(database);

        var page = await OpenAsync(insights, address);

        Assert.Equal(heading, page.QuerySelector(".empty h2")!.TextContent);
        Assert.NotEmpty(page.QuerySelector(".empty p")!.TextContent);
    }

    [Theory]
    [InlineData("/api/v1/map?last=never", "last")]
    [InlineData("/api/v1/causes?step=1", "step")]
    [InlineData("/api/v1/causes?step=6", "step")]
    [InlineData("/api/v1/causes?window=never", "window")]
    [InlineData("/causes?step=1", "step")]
    [InlineData("/funnel/sessions?lost=true&step=1", "step")]
    [InlineData("/funnel/sessions?limit=0", "limit")]
    public async Task Field_that_is_not_valid_is_named(string address, string field)
    {
        await using var database = await CreateAsync();
        using var insights = Start(database);
        if (address.StartsWith("/api", StringComparison.Ordinal))
        {
            using var response = await GetStaff(insights).GetAsync(address);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.NotEmpty(problem.GetProperty("errors").GetProperty(field).EnumerateArray());
        }
        else
        {
            Assert.Equal(field, (await OpenAsync(insights, address)).QuerySelector(".notice.bad code")!.TextContent);
        }
    }

    private static InProcessService Start(InsightsDatabase database) => InProcessService.Start(
        "insights", settings: [("ConnectionStrings:insightsdb", database.ConnectionString), .. BearerTokens.Settings(_signingKey)]);

    private static HttpClient GetStaff(InProcessService insights)
    {
        insights.Client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Bearer", BearerTokens.Create(_signingKey, "staff"));
        return insights.Client;
    }

    private static async Task<IHtmlDocument> OpenAsync(InProcessService insights, string address)
    {
        using var response = await GetStaff(insights).GetAsync(address);
        var html = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode is HttpStatusCode.OK, html);
        return new HtmlParser().ParseDocument(html);
    }

    private static StoredEvent Event(string session, int seconds, string name) => new(
        Guid.CreateVersion7(),
        DateTimeOffset.FromUnixTimeMilliseconds(_start.AddSeconds(seconds).ToUnixTimeMilliseconds()),
        seconds, name, "storefront", session, $"j-{session}", null, Guid.NewGuid().ToString("N"), null, null, null, null, null, null,
        false, "/", null, null, null, "{}");

    private async Task<InsightsDatabase> CreateAsync() =>
        await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
}
