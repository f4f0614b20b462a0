using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

/// <summary>Page views, and what browsers report to the storefront.</summary>
[Collection(TracingTestGroup.Name)]
public sealed partial class BrowserEventTests : IDisposable
{
    private const string PageId = "0123456789ab";

    private static readonly (string, string?)[] _withoutLimits =
    [
        ("Shop:RequestLimits:Address:RequestsPerSecond", "1000000"), ("Shop:RequestLimits:Address:Burst", "1000000"),
        ("Shop:RequestLimits:Session:RequestsPerSecond", "1000000"), ("Shop:RequestLimits:Session:Burst", "1000000"),
    ];

    private readonly RecordedEvents _events = new();
    private InProcessService _storefront;

    public BrowserEventTests() => _storefront = Start(_withoutLimits);

    public void Dispose() => _storefront.Dispose();

    [Fact]
    public async Task Event_of_a_page_belongs_to_the_trace_of_the_page_and_to_the_session_of_the_cookie()
    {
        var page = await OpenAsync();

        using var response = await SendAsync(page, Beacon(page.Token, Click()));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        var viewed = Assert.Single(_events.Of("page.viewed"));
        var clicked = Assert.Single(_events.Of("action.clicked"));
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
        Assert.Single(_events.Of("page.restored"));
        Assert.Equal(
            [("jump", "/cart", "/orders/:orderId"), ("jump", "/cart", "external"), ("jump", "/cart", "other")],
            _events.Of("browser.redirected").Select(jump =>
                (jump.Fields["shop.event.tag"], jump.Fields["shop.jump.from"], jump.Fields["shop.jump.to"])));
        var left = Assert.Single(_events.Of("page.left"));
        Assert.Equal(("script", 1234L), (left.Fields["shop.page.left_by"], left.Fields["shop.page.open_time"]));
        Assert.Equal(
            [("TypeError", "own"), ("ScriptLoadError", "external")],
            _events.Of("browser.error").Select(error => (error.Fields["error.type"], error.Fields["shop.error.source"])));
        Assert.Equal(
            [("lcp", 812.5), ("cls", 0.0)],
            _events.Of("browser.web_vital")
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
        var clicked = Assert.Single(_events.Of("action.clicked"));
        Assert.Equal(_events.Of("page.viewed")[0].SessionId, clicked.SessionId);
        Assert.DoesNotContain(clicked.TraceId, (string?[])[page.TraceId, another.TraceId]);
    }

    [Fact]
    public async Task Click_is_recorded_once_in_the_trace_of_the_request_that_it_causes_which_is_linked_to_the_trace_of_the_page()
    {
        var spans = RecordSpans();
        var page = await OpenAsync();

        var traceId = await FollowAsync(page, $"{page.Token}.{PageId}.0.add-to-cart");
        using var response = await SendAsync(page, Beacon(page.Token, Click()));

        var clicked = Assert.Single(_events.Of("action.clicked"));
        Assert.Equal(traceId, clicked.TraceId);
        Assert.NotEqual(page.TraceId, traceId);
        Assert.Equal(_events.Of("page.viewed")[0].SessionId, clicked.SessionId);
        Assert.Equal(
            ("/products/:sku", "add-to-cart", $"{PageId}-0"),
            (clicked.Fields["shop.page.path"], clicked.Fields["shop.action"], clicked.Fields["shop.event.client_id"]));
        var trace = await spans.WaitForSpansAsync(2, ActivityTraceId.CreateFromString(traceId));
        var root = trace.Single(span => span.Kind is ActivityKind.Server);
        Assert.Equal(page.TraceId, Assert.Single(root.Links).Context.TraceId.ToHexString());
        Assert.Equal(root.SpanId, trace.Single(span => span.DisplayName == "browser events").ParentSpanId);
    }

    [Fact]
    public async Task Request_of_a_link_without_an_action_is_linked_to_the_trace_of_the_page()
    {
        var spans = RecordSpans();
        var page = await OpenAsync();

        var traceId = await FollowAsync(page, page.Token);

        Assert.Empty(_events.Of("action.clicked"));
        var root = Assert.Single(await spans.WaitForSpansAsync(1, ActivityTraceId.CreateFromString(traceId)));
        Assert.Equal(page.TraceId, Assert.Single(root.Links).Context.TraceId.ToHexString());
    }

    [Fact]
    public async Task Request_is_not_linked_to_a_page_that_is_not_sampled()
    {
        _storefront.Dispose();
        _storefront = Start([.. _withoutLimits, ("Shop:TraceSampling:Probability", "0"), ("Shop:TraceSampling:TargetPerSecond", "0")]);
        var links = new ConcurrentDictionary<string, int>();
        using var listener = new ActivityListener();
        listener.ShouldListenTo = _ => true;
        listener.ActivityStopped = span => links[span.TraceId.ToHexString()] = span.Links.Count();
        ActivitySource.AddActivityListener(listener);
        var page = await OpenAsync();

        var traceId = await FollowAsync(page, $"{page.Token}.{PageId}.0.add-to-cart");

        Assert.Equal(traceId, Assert.Single(_events.Of("action.clicked")).TraceId);
        // The span ends shortly after its response was sent.
        Assert.Equal(0, await Eventually.ReadAsync(() => Task.FromResult(links.GetValueOrDefault(traceId, -1)), count => count >= 0));
    }

    [Theory]
    [InlineData("of another session", "navigate")]
    [InlineData("changed", "navigate")]
    [InlineData("a traceparent", "navigate")]
    [InlineData("empty", "navigate")]
    [InlineData("valid", "no-cors")]
    [InlineData("valid", null)]
    public async Task Cookie_that_names_no_click_of_the_session_has_no_effect(string kind, string? mode)
    {
        var spans = RecordSpans();
        var page = await OpenAsync();
        var another = await OpenAsync();
        var token = kind switch
        {
            "of another session" => another.Token,
            "changed" => page.Token[..^3] + (page.Token.EndsWith("AAA", StringComparison.Ordinal) ? "BBB" : "AAA"),
            "a traceparent" => $"00-{page.TraceId}-00f067aa0ba902b7-01",
            "empty" => "",
            _ => page.Token,
        };

        var traceId = await FollowAsync(page, $"{token}.{PageId}.0.add-to-cart", mode);

        Assert.Empty(_events.Of("action.clicked"));
        Assert.DoesNotContain(traceId, (string[])[page.TraceId, another.TraceId]);
        Assert.Empty(Assert.Single(await spans.WaitForSpansAsync(1, ActivityTraceId.CreateFromString(traceId))).Links);
    }

    [Theory]
    [InlineData("0123456789ab.0.Ada <a@b.c>")]
    [InlineData("0123456789ab.256.add-to-cart")]
    [InlineData("0123456789ab.-1.add-to-cart")]
    [InlineData("0123.0.add-to-cart")]
    [InlineData("0123456789ab.0")]
    [InlineData("0123456789ab.0.add-to-cart.more")]
    public async Task Cookie_with_an_invalid_click_records_no_event(string click)
    {
        var page = await OpenAsync();

        await FollowAsync(page, $"{page.Token}.{click}");

        Assert.Empty(_events.Of("action.clicked"));
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
        Assert.Empty(_events.Of("action.clicked"));
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
        Assert.Empty(_events.Of("action.clicked"));
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

        Assert.Equal(2, _events.Of("action.clicked").Count);
        Assert.Equal(2, _events.Of("action.clicked").DistinctBy(clicked => clicked.SessionId).Count());
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
        _storefront.Dispose();
        _storefront = StartOnKestrel();
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
        Assert.InRange(_events.Of("action.clicked").Count, 1, 1 + statuses[HttpStatusCode.NoContent] - 250);
    }

    [Fact]
    public async Task Flood_of_one_session_is_limited()
    {
        _storefront.Dispose();
        _storefront = Start([("Shop:RequestLimits:Session:RequestsPerSecond", "1"), ("Shop:RequestLimits:Session:Burst", "3")]);
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
    public async Task Page_is_viewed_once_with_its_route_and_the_page_that_led_to_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cart?problem=x");
        request.Headers.Referrer = new("http://localhost/products/BAG-0101?q=secret");
        using var page = await _storefront.Client.SendAsync(request);
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/cart");
        foreign.Headers.Referrer = new("http://elsewhere.example/products/BAG-0101");
        using var fromElsewhere = await _storefront.Client.SendAsync(foreign);

        Assert.Equal(2, _events.All.Count);
        Assert.All(_events.All, viewed => Assert.Equal("page.viewed", viewed.Name));
        Assert.Equal(("/cart", 200), (_events.All[0].Fields["shop.page.path"], _events.All[0].Fields["http.response.status_code"]));
        Assert.Equal("/products/:sku", _events.All[0].PageFrom);
        Assert.Null(_events.All[1].PageFrom);
    }

    [Fact]
    public async Task Redirect_file_and_part_of_a_page_are_no_views()
    {
        using var part = new HttpRequestMessage(HttpMethod.Get, "/cart");
        part.Headers.Add("X-Requested-With", "fetch");
        foreach (var request in (HttpRequestMessage[])
        [
            part, new(HttpMethod.Get, "/checkout/payment"), new(HttpMethod.Get, "/shop.css"), new(HttpMethod.Get, "/alive"),
            new(HttpMethod.Head, "/cart"),
        ])
        {
            using var response = await _storefront.Client.SendAsync(request);
            Assert.True((int)response.StatusCode < 400, $"{request.RequestUri}: {response.StatusCode}");
        }

        Assert.Empty(_events.Of("page.viewed"));
    }

    [Fact]
    public async Task Script_is_smaller_than_4_kB_and_its_page_has_the_trace_of_the_request()
    {
        var script = await _storefront.Client.GetByteArrayAsync("/browser.js");
        var page = await OpenAsync();

        Assert.InRange(script.Length, 1, 4000);
        Assert.Equal(page.TraceId, Assert.Single(_events.Of("page.viewed")).TraceId);
    }

    private static string Click(int number = 0) => $$"""{"number":{{number}},"type":"click","age":1500.5,"name":"add-to-cart"}""";

    private static string Beacon(string? token, params string[] events)
    {
        var value = token is null ? "null" : $"\"{token}\"";
        return $$"""{"page":"{{PageId}}","token":{{value}},"path":"/cart","events":[{{string.Join(',', events)}}]}""";
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
        Assert.All(_events.All, recorded => Assert.Equal("page.viewed", recorded.Name));
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonObject>())!["code"]?.GetValue<string>();

    private InProcessService Start((string, string?)[] settings) =>
        Record(InProcessService.Start("storefront", settings: [("Logging:LogLevel:Shop.Journey", "Information"), .. settings]));

    private InProcessService StartOnKestrel() => Record(InProcessService.StartStorefront(settings: _withoutLimits));

    private InProcessService Record(InProcessService storefront)
    {
        storefront.Services.GetRequiredService<ILoggerFactory>().AddProvider(_events);
        // No hosted service has started it.
        storefront.Services.GetRequiredService<TracerProvider>();
        return storefront;
    }

    private async Task<OpenPage> OpenAsync()
    {
        using var response = await _storefront.Client.GetAsync("/cart");
        var html = await response.Content.ReadAsStringAsync();
        var cookie = response.Headers.GetValues("Set-Cookie")
            .Single(cookie => cookie.Contains("session", StringComparison.Ordinal)).Split(';')[0];
        return new(cookie, TokenMeta().Match(html).Groups[1].Value, TraceMeta().Match(html).Groups[1].Value);
    }

    private async Task<HttpResponseMessage> SendAsync(
        OpenPage page, string body, string? site = "same-origin", string? origin = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/events");
        request.Content = new StringContent(body, Encoding.UTF8, contentType);
        foreach (var (name, value) in ((string, string?)[])[("Cookie", page.Cookie), ("Sec-Fetch-Site", site), ("Origin", origin)])
        {
            if (value is not null)
            {
                request.Headers.Add(name, value);
            }
        }

        return await _storefront.Client.SendAsync(request);
    }

    /// <summary>Opens a page as a browser that follows a link does, with the cookie of a click. Returns the trace of the request.</summary>
    private async Task<string> FollowAsync(OpenPage page, string click, string? mode = "navigate")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cart");
        request.Headers.Add("Cookie", $"{page.Cookie}; shop-click={click}");
        request.Headers.Referrer = new("http://localhost/products/BAG-0101");
        if (mode is not null)
        {
            request.Headers.Add("Sec-Fetch-Mode", mode);
        }

        using var response = await _storefront.Client.SendAsync(request);
        return TraceMeta().Match(await response.Content.ReadAsStringAsync()).Groups[1].Value;
    }

    private InMemorySpanExporter RecordSpans()
    {
        var exporter = new InMemorySpanExporter();
        _storefront.Services.GetRequiredService<TracerProvider>().AddProcessor(new SimpleActivityExportProcessor(exporter));
        return exporter;
    }

    [GeneratedRegex("<meta name=\"shop-page\" content=\"([^\"]+)\"")]
    private static partial Regex TokenMeta();

    [GeneratedRegex("<meta name=\"traceparent\" content=\"00-([0-9a-f]{32})-[0-9a-f]{16}-0[01]\"")]
    private static partial Regex TraceMeta();

    private sealed record OpenPage(string? Cookie, string Token, string TraceId);
}
