using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

/// <summary>The events that browsers report to the storefront.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class BrowserEventTests : RecordingStorefront
{
    [Fact]
    public async Task Event_of_a_page_belongs_to_the_trace_of_the_page_and_to_the_session_of_the_cookie()
    {
        var page = await OpenAsync();

        using var response = await SendAsync(page, Beacon(page.Token, Click()));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        var viewed = Assert.Single(Events.Of("page.viewed"));
        var clicked = Assert.Single(Events.Of("action.clicked"));
        Assert.Equal((page.TraceId, page.TraceId), (viewed.TraceId, clicked.TraceId));
        Assert.NotNull(viewed.SessionId);
        Assert.Equal(viewed.SessionId, clicked.SessionId);
        Assert.Equal("/cart", clicked.Fields["shop.page.path"]);
        Assert.Equal("add-to-cart", clicked.Fields["shop.action"]);
        Assert.Equal($"{PageId}-0", clicked.Fields["shop.event.client_id"]);
        var age = DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeMilliseconds((long)clicked.Fields["shop.event.client_time"]!);
        Assert.InRange(age.TotalSeconds, 1, 120);
    }

    [Fact]
    public async Task All_kinds_of_events_are_recorded_with_routes_in_place_of_addresses()
    {
        var page = await OpenAsync();

        using var response = await SendAsync(page, Beacon(
            page.Token,
            """{"number":0,"type":"restore","age":1}""",
            """{"number":1,"type":"redirect","age":1,"target":"/orders/0193e5a8-0000-7000-8000-000000000001"}""",
            """{"number":2,"type":"redirect","age":1,"target":"external"}""",
            """{"number":3,"type":"redirect","age":1,"target":"/no/page/of/ours"}""",
            """{"number":4,"type":"leave","age":1,"name":"script","value":1234.5}""",
            """{"number":5,"type":"error","age":1,"name":"TypeError","target":"own"}""",
            """{"number":6,"type":"error","age":1,"name":"ScriptLoadError","target":"external"}""",
            """{"number":7,"type":"vital","age":1,"name":"lcp","value":812.5}""",
            """{"number":8,"type":"vital","age":1,"name":"cls","value":0}"""));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Single(Events.Of("page.restored"));
        Assert.Equal(
            [("jump", "/cart", "/orders/:orderId"), ("jump", "/cart", "external"), ("jump", "/cart", "other")],
            Events.Of("browser.redirected").Select(jump =>
                (jump.Fields["shop.event.tag"], jump.Fields["shop.jump.from"], jump.Fields["shop.jump.to"])));
        var left = Assert.Single(Events.Of("page.left"));
        Assert.Equal(("script", 1234L), (left.Fields["shop.page.left_by"], left.Fields["shop.page.open_time"]));
        Assert.Equal(
            [("TypeError", "own"), ("ScriptLoadError", "external")],
            Events.Of("browser.error").Select(error => (error.Fields["error.type"], error.Fields["shop.error.source"])));
        Assert.Equal(
            [("lcp", 812.5), ("cls", 0.0)],
            Events.Of("browser.web_vital")
                .Select(vital => (vital.Fields["browser.web_vital.name"], vital.Fields["browser.web_vital.value"])));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("changed")]
    [InlineData("of another session")]
    [InlineData("a traceparent")]
    [InlineData("too long")]
    public async Task Token_that_the_session_was_not_given_links_an_event_to_no_trace(string kind)
    {
        var page = await OpenAsync();
        var another = await OpenAsync();
        var token = kind switch
        {
            "none" => null,
            "changed" => page.Token[..^3] + (page.Token.EndsWith("AAA", StringComparison.Ordinal) ? "BBB" : "AAA"),
            "of another session" => another.Token,
            "a traceparent" => $"00-{page.TraceId}-00f067aa0ba902b7-01",
            _ => new string('A', 5000),
        };

        using var response = await SendAsync(page, Beacon(token, Click()));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        var clicked = Assert.Single(Events.Of("action.clicked"));
        Assert.Equal(Events.Of("page.viewed")[0].SessionId, clicked.SessionId);
        Assert.DoesNotContain(clicked.TraceId, (string?[])[page.TraceId, another.TraceId]);
    }

    [Theory]
    [InlineData("cross-site", null)]
    [InlineData("same-site", null)]
    [InlineData("none", null)]
    [InlineData("cross-site", "http://localhost")]
    [InlineData(null, "http://evil.example")]
    [InlineData(null, "https://localhost")]
    [InlineData(null, "null")]
    [InlineData(null, null)]
    public async Task Beacon_of_another_origin_is_refused(string? site, string? origin)
    {
        var page = await OpenAsync();

        using var response = await SendAsync(page, Beacon(page.Token, Click()), site, origin);

        Assert.Equal((HttpStatusCode.Forbidden, "foreign_origin"), (response.StatusCode, await CodeAsync(response)));
        Assert.Empty(Events.Of("action.clicked"));
    }

    [Fact]
    public async Task Beacon_of_a_browser_without_fetch_metadata_is_accepted_by_its_origin()
    {
        var page = await OpenAsync();

        using var response = await SendAsync(page, Beacon(page.Token, Click()), site: null, origin: "http://localhost");

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("shop-session=forged")]
    public async Task Beacon_without_a_session_is_refused(string? cookie)
    {
        var page = await OpenAsync();

        using var response = await SendAsync(page with { Cookie = cookie }, Beacon(page.Token, Click()));

        Assert.Equal((HttpStatusCode.Forbidden, "session_required"), (response.StatusCode, await CodeAsync(response)));
        Assert.Empty(Events.Of("action.clicked"));
    }

    [Fact]
    public async Task Event_that_arrives_again_is_recorded_once_in_its_session()
    {
        var page = await OpenAsync();
        var another = await OpenAsync();
        var beacon = Beacon(page.Token, Click());

        foreach (var sender in (OpenPage[])[page, page, page, another])
        {
            using var response = await SendAsync(sender, beacon);
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        }

        Assert.Equal(2, Events.Of("action.clicked").Count);
        Assert.Equal(2, Events.Of("action.clicked").DistinctBy(clicked => clicked.SessionId).Count());
    }

    [Theory]
    [InlineData("""{"page":"0123","path":"/cart","events":[EVENT]}""", "page")]
    [InlineData("""{"page":"0123456789AB","path":"/cart","events":[EVENT]}""", "page")]
    [InlineData("""{"path":"/cart","events":[EVENT]}""", "page")]
    [InlineData("""{"page":"0123456789ab","path":"cart","events":[EVENT]}""", "path")]
    [InlineData("""{"page":"0123456789ab","events":[EVENT]}""", "path")]
    [InlineData("""{"page":"0123456789ab","path":"/cart","events":[]}""", "events")]
    [InlineData("""{"page":"0123456789ab","path":"/cart"}""", "events")]
    [InlineData("""{"page":"0123456789ab","path":"/cart","events":[EVENT],"session":"stolen"}""", "session")]
    public async Task Invalid_beacon_is_refused_with_the_name_of_the_field(string beacon, string field)
    {
        var page = await OpenAsync();

        using var response = await SendAsync(page, beacon.Replace("EVENT", Click(), StringComparison.Ordinal));

        await AssertInvalidAsync(response, field);
    }

    [Theory]
    [InlineData("null", "")]
    [InlineData("""{"number":1,"type":"paid","age":1}""", "")]
    [InlineData("""{"number":256,"type":"restore","age":1}""", ".number")]
    [InlineData("""{"number":-1,"type":"restore","age":1}""", ".number")]
    [InlineData("""{"type":"restore","age":1}""", ".number")]
    [InlineData("""{"number":1,"type":"restore"}""", ".age")]
    [InlineData("""{"number":1,"type":"restore","age":-1}""", ".age")]
    [InlineData("""{"number":1,"type":"restore","age":1e9}""", ".age")]
    [InlineData("""{"number":1,"type":"restore","age":1e999}""", ".age")]
    [InlineData("""{"number":1,"type":"click","age":1,"name":"Ada <a@b.c>"}""", "")]
    [InlineData("""{"number":1,"type":"error","age":1,"name":"Ada","target":"own"}""", "")]
    [InlineData("""{"number":1,"type":"redirect","age":1,"target":"https://elsewhere.example"}""", "")]
    [InlineData("""{"number":1,"type":"leave","age":1,"name":"link"}""", "")]
    [InlineData("""{"number":1,"type":"vital","age":1,"name":"cls","value":1e6}""", "")]
    public async Task Beacon_with_an_invalid_event_is_refused_as_a_whole(string invalid, string field)
    {
        var page = await OpenAsync();

        using var response = await SendAsync(page, Beacon(page.Token, Click(), invalid));

        await AssertInvalidAsync(response, $"events[1]{field}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    public async Task Body_that_is_no_beacon_is_refused(string body)
    {
        var page = await OpenAsync();

        using var response = await SendAsync(page, body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Thousand_malformed_oversized_and_replayed_beacons_cause_no_server_error_and_no_event()
    {
        RestartOnKestrel();
        var page = await OpenAsync();
        var valid = Beacon(page.Token, Click());
        using (var first = await SendAsync(page, valid))
        {
            Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        }

        var random = new Random(12);
        var statuses = new Dictionary<HttpStatusCode, int>();
        for (var i = 0; i < 1000; i++)
        {
            var body = (i % 4) switch
            {
                0 => valid,
                1 => valid[..random.Next(valid.Length)],
                2 => valid.Replace("\"age\"", $"\"{new string('x', 20_000)}\"", StringComparison.Ordinal),
                _ => Mutate(valid, random),
            };
            using var response = await SendAsync(page, body, contentType: i % 50 == 3 ? "text/plain" : "application/json");
            statuses[response.StatusCode] = statuses.GetValueOrDefault(response.StatusCode) + 1;
            if (response.StatusCode != HttpStatusCode.NoContent)
            {
                Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            }
        }

        Assert.All(statuses.Keys, status => Assert.InRange((int)status, 200, 499));
        Assert.Equal(250, statuses[HttpStatusCode.RequestEntityTooLarge]);
        Assert.InRange(statuses[HttpStatusCode.BadRequest], 250, 500);
        // A mutation may still be valid: then it is another event, and no more than one.
        Assert.InRange(Events.Of("action.clicked").Count, 1, 1 + statuses[HttpStatusCode.NoContent] - 250);
    }

    [Fact]
    public async Task Flood_of_one_session_is_limited()
    {
        Restart([("Shop:RequestLimits:Session:RequestsPerSecond", "1"), ("Shop:RequestLimits:Session:Burst", "3")]);
        var page = await OpenAsync();
        var statuses = new List<HttpStatusCode>();

        for (var i = 0; i < 6; i++)
        {
            using var response = await SendAsync(page, Beacon(page.Token, Click(i)));
            statuses.Add(response.StatusCode);
        }

        Assert.Equal(HttpStatusCode.NoContent, statuses[0]);
        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
    }

    [Fact]
    public async Task Script_is_smaller_than_4_kB_and_its_page_has_the_trace_of_the_request()
    {
        var script = await Storefront.Client.GetByteArrayAsync("/browser.js");
        var page = await OpenAsync();

        Assert.InRange(script.Length, 1, 4000);
        Assert.Equal(page.TraceId, Assert.Single(Events.Of("page.viewed")).TraceId);
    }

    private static string Mutate(string text, Random random)
    {
        var mutated = new StringBuilder(text);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            mutated[random.Next(mutated.Length)] = (char)random.Next(1, 0x250);
        }

        return mutated.ToString();
    }

    private async Task AssertInvalidAsync(HttpResponseMessage response, string field)
    {
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal(field, Assert.Single(problem["errors"]!.AsObject()).Key);
        Assert.All(Events.All, recorded => Assert.Equal("page.viewed", recorded.Name));
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonObject>())!["code"]?.GetValue<string>();
}
