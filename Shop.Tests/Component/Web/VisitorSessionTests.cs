using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Telemetry.Journeys;
using Shop.Tests.Support;
using Shop.Web.Sessions;

namespace Shop.Tests.Component.Web;

[Collection(TracingTestGroup.Name)]
public sealed class VisitorSessionTests : IAsyncLifetime
{
    private const string Cookie = "shop-session";
    private const string Header = "X-Shop-Session";
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string SpanId = "00f067aa0ba902b7";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private TestService? _service;

    public async Task InitializeAsync() => _service = await StartAsync(("Shop:Edge:Enabled", "true"));

    public async Task DisposeAsync() => await _service!.DisposeAsync();

    [Fact]
    public async Task First_request_gets_trace_request_and_session_ids()
    {
        var (received, response) = await SendAsync();

        Assert.Matches("^[0-9a-f]{32}$", received.TraceId);
        Assert.Matches("^[0-9a-f]{32}$", received.Baggage[JourneyKeys.SessionId]);
        Assert.Matches("^[0-9a-f]{32}$", received.Baggage[JourneyKeys.JourneyId]);
        Assert.Matches("^[0-9a-f]{32}$", received.Baggage[JourneyKeys.RequestId]);
        Assert.Equal("new", received.Baggage[JourneyKeys.UserSegment]);
        Assert.Equal([received.RequestId!], response.Headers.GetValues("X-Request-Id"));
        var span = Assert.Single(await _service!.Spans.WaitForSpansAsync(1));
        Assert.NotEmpty(received.Baggage);
        Assert.All(received.Baggage, member => Assert.Equal(member.Value, span.GetTagItem(member.Key)));
    }

    [Fact]
    public async Task Session_cookie_is_HttpOnly_SameSite_and_opaque()
    {
        var (received, response) = await SendAsync();

        var cookie = response.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; path=/", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(received.Baggage[JourneyKeys.SessionId], cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inbound_trace_is_linked_and_inbound_baggage_and_request_id_are_ignored()
    {
        var (received, response) = await SendAsync(request =>
        {
            request.Headers.Add("traceparent", $"00-{TraceId}-{SpanId}-00");
            request.Headers.Add("tracestate", "ot=th:8");
            request.Headers.Add("baggage", "session.id=forged,shop.critical_route=checkout,shop.user.segment=member");
            request.Headers.Add("X-Request-Id", "forged");
        });

        Assert.NotEqual(TraceId, received.TraceId);
        Assert.Equal("0000000000000000", received.ParentId);
        Assert.Equal("ot=th:0", received.TraceState);
        Assert.DoesNotContain("forged", received.Baggage.Values);
        Assert.Equal("new", received.Baggage[JourneyKeys.UserSegment]);
        Assert.DoesNotContain(JourneyKeys.CriticalRoute, received.Baggage.Keys);
        Assert.NotEqual(["forged"], response.Headers.GetValues("X-Request-Id"));
        var link = Assert.Single((await _service!.Spans.WaitForSpansAsync(1)).Single().Links);
        Assert.Equal((TraceId, SpanId), (link.Context.TraceId.ToString(), link.Context.SpanId.ToString()));
    }

    [Fact]
    public async Task Session_of_a_calling_service_is_kept()
    {
        var (received, response) = await SendAsync(request =>
        {
            request.Headers.Add("Shop-Service-Key", TestService.ServiceKey);
            request.Headers.Add("baggage", "session.id=s-1,shop.journey.id=j-1");
        });

        Assert.Equal(("s-1", "j-1"), (received.Baggage[JourneyKeys.SessionId], received.Baggage[JourneyKeys.JourneyId]));
        Assert.Null(TokenOf(response));
    }

    [Fact]
    public async Task Session_lasts_30_minutes_after_its_last_request()
    {
        var (first, response) = await SendAsync();
        var token = TokenOf(response)!;
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(29));
            var (next, nextResponse) = await SendAsync(WithCookie(token));
            Assert.Equal(first.Baggage[JourneyKeys.SessionId], next.Baggage[JourneyKeys.SessionId]);
            Assert.Equal(first.Baggage[JourneyKeys.JourneyId], next.Baggage[JourneyKeys.JourneyId]);
            Assert.NotEqual(first.RequestId, next.RequestId);
            token = TokenOf(nextResponse) ?? token;
        }

        // Requests within the first minutes of a token do not renew it; the half hour still counts from the last of them.
        _time.Advance(TimeSpan.FromMinutes(4));
        var (_, soon) = await SendAsync(WithCookie(token));
        Assert.Null(TokenOf(soon));
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(first.Baggage[JourneyKeys.SessionId], (await SendAsync(WithCookie(token))).Received.Baggage[JourneyKeys.SessionId]);

        _time.Advance(TimeSpan.FromMinutes(36));
        var (later, _) = await SendAsync(WithCookie(token));
        Assert.NotEqual(first.Baggage[JourneyKeys.SessionId], later.Baggage[JourneyKeys.SessionId]);
        Assert.Equal("returning", later.Baggage[JourneyKeys.UserSegment]);

        _time.Advance(TimeSpan.FromDays(31));
        Assert.Equal("new", (await SendAsync(WithCookie(token))).Received.Baggage[JourneyKeys.UserSegment]);
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(62, false)]
    public async Task Token_of_a_replica_whose_clock_is_ahead_is_accepted_up_to_a_minute(int seconds, bool accepted)
    {
        var (first, response) = await SendAsync();
        _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromSeconds(seconds));

        var (second, _) = await SendAsync(WithCookie(TokenOf(response)!));

        Assert.Equal(accepted, first.Baggage[JourneyKeys.SessionId] == second.Baggage[JourneyKeys.SessionId]);
    }

    [Theory]
    [InlineData((36 * 60) - 1, true)]
    [InlineData(36 * 60 + 2, false)]
    public async Task Session_ends_a_minute_later_than_its_token_says_since_the_clock_of_its_replica_may_be_behind(
        int seconds, bool continues)
    {
        var (first, response) = await SendAsync();
        _time.Advance(TimeSpan.FromSeconds(seconds));

        var (second, _) = await SendAsync(WithCookie(TokenOf(response)!));

        Assert.Equal(continues, first.Baggage[JourneyKeys.SessionId] == second.Baggage[JourneyKeys.SessionId]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("CfDJ8")]
    [InlineData("CfDJ8AAAA")]
    [InlineData("a cookie of another application")]
    [InlineData("%00%ff")]
    [InlineData("{3000}")]
    [InlineData("{12000}")]
    public async Task Cookie_that_is_no_token_of_this_shop_starts_a_session_without_an_error(string cookie)
    {
        if (cookie is ['{', .. var length, '}'])
        {
            cookie = "CfDJ8" + new string('A', int.Parse(length, System.Globalization.CultureInfo.InvariantCulture));
        }

        var (received, response) = await SendAsync(WithCookie(cookie));

        Assert.Equal("new", received.Baggage[JourneyKeys.UserSegment]);
        Assert.NotNull(TokenOf(response));
        Assert.DoesNotContain(_service!.Records, record => record.LogLevel >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Fact]
    public async Task Answer_that_shared_caches_may_keep_has_no_cookie()
    {
        var (_, response) = await SendAsync(path: "/public");

        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Probes_and_the_management_endpoint_issue_no_session()
    {
        await using var service = await StartAsync(
            ("Shop:Edge:Enabled", "true"), ("Kestrel:Endpoints:management:Url", "http://127.0.0.1:0"));

        foreach (var (endpoint, path) in ((string, string)[])
            [("http", "/health"), ("http", "/alive"), ("management", "/admin/health"), ("management", "/metrics")])
        {
            using var response = await service.Client.GetAsync(new Uri(service.GetAddress(endpoint), path));
            Assert.False(response.Headers.Contains("Set-Cookie"), path);
        }
    }

    [Fact]
    public async Task Session_token_can_be_sent_in_a_header()
    {
        var (first, response) = await SendAsync(request => request.Headers.Add(Header, ""));
        Assert.False(response.Headers.Contains("Set-Cookie"));
        var token = response.Headers.GetValues(Header).Single();

        var (second, _) = await SendAsync(request => request.Headers.Add(Header, token));

        Assert.Equal(first.Baggage[JourneyKeys.SessionId], second.Baggage[JourneyKeys.SessionId]);
    }

    [Fact]
    public async Task Segment_and_experiment_group_are_part_of_the_token()
    {
        var (_, response) = await SendAsync();
        var token = TokenOf(response)!;
        var (joined, joinResponse) = await SendAsync(WithCookie(token), "/join");
        Assert.Equal(("member", "button", "B"), GetSegmentAndExperiment(joined));

        var (next, _) = await SendAsync(WithCookie(TokenOf(joinResponse)!));

        Assert.Equal(("member", "button", "B"), GetSegmentAndExperiment(next));
        Assert.Equal(joined.Baggage[JourneyKeys.JourneyId], next.Baggage[JourneyKeys.JourneyId]);
    }

    [Fact]
    public async Task Visitor_has_the_same_id_in_each_session_and_no_signal_has_it()
    {
        var (first, response) = await SendAsync(path: "/visitor");
        var id = response.Headers.GetValues("Visitor").Single();
        _time.Advance(TimeSpan.FromDays(2));
        var (next, nextResponse) = await SendAsync(WithCookie(TokenOf(response)!), "/visitor");
        _time.Advance(TimeSpan.FromDays(20));
        var (last, lastResponse) = await SendAsync(WithCookie(TokenOf(nextResponse)!), "/visitor");

        Assert.Equal(
            3, ((ReceivedRequest[])[first, next, last]).Select(received => received.Baggage[JourneyKeys.SessionId]).Distinct().Count());
        Assert.Equal((id, id), (nextResponse.Headers.GetValues("Visitor").Single(), lastResponse.Headers.GetValues("Visitor").Single()));
        Assert.All((ReceivedRequest[])[first, next, last], received => Assert.DoesNotContain(id, received.Baggage.Values));
        var spans = await _service!.Spans.WaitForSpansAsync(3);
        Assert.Equal(3, spans.Count);
        Assert.All(spans, span => Assert.DoesNotContain(id, span.TagObjects.Select(tag => tag.Value?.ToString())));
        var (_, otherResponse) = await SendAsync(path: "/visitor");
        Assert.NotEqual(id, otherResponse.Headers.GetValues("Visitor").Single());
    }

    [Fact]
    public async Task Completed_journey_goes_on_until_a_new_one_is_started()
    {
        var (first, response) = await SendAsync();
        var (_, completed) = await SendAsync(WithCookie(TokenOf(response)!), "/complete-journey");
        var (still, _) = await SendAsync(WithCookie(TokenOf(completed)!));
        var (started, startResponse) = await SendAsync(WithCookie(TokenOf(completed)!), "/start-journey");
        var (next, _) = await SendAsync(WithCookie(TokenOf(startResponse)!));

        Assert.Equal(first.Baggage[JourneyKeys.JourneyId], still.Baggage[JourneyKeys.JourneyId]);
        Assert.NotEqual(first.Baggage[JourneyKeys.JourneyId], started.Baggage[JourneyKeys.JourneyId]);
        Assert.Equal(started.Baggage[JourneyKeys.JourneyId], next.Baggage[JourneyKeys.JourneyId]);
        Assert.Equal(first.Baggage[JourneyKeys.SessionId], next.Baggage[JourneyKeys.SessionId]);
    }

    [Fact]
    public async Task Hostile_headers_do_not_reach_the_journey()
    {
        var random = new Random(10);
        var (_, response) = await SendAsync();
        var genuine = TokenOf(response)!;
        for (var i = 0; i < 1000; i++)
        {
            var sent = new List<string>();
            var (received, receivedResponse) = await SendAsync(request =>
            {
                foreach (var (name, value) in HostileHeaders.Next(random, genuine))
                {
                    sent.Add(value);
                    request.Headers.TryAddWithoutValidation(name, value);
                }
            });

            Assert.Equal("0000000000000000", received.ParentId);
            Assert.Equal("ot=th:0", received.TraceState);
            Assert.Equal(
                ((string[])["session.id", "shop.journey.id", "shop.request.id", "shop.user.segment"]).Order(),
                received.Baggage.Keys.Order());
            Assert.All(
                received.Baggage.Where(member => member.Key != JourneyKeys.UserSegment),
                member => Assert.Matches("^[0-9a-f]{32}$", member.Value));
            Assert.Equal("new", received.Baggage[JourneyKeys.UserSegment]);
            Assert.DoesNotContain(received.TraceId!, string.Join(' ', sent), StringComparison.Ordinal);
            Assert.Equal(0, received.ActivityBaggage);
            Assert.Equal([received.RequestId!], receivedResponse.Headers.GetValues("X-Request-Id"));
        }
    }

    [Theory]
    [InlineData("SessionTimeout", "00:29:59")]
    [InlineData("SessionTimeout", "2.00:00:00")]
    [InlineData("TokenRenewalInterval", "01:00:00")]
    [InlineData("VisitorLifetime", "00:10:00")]
    [InlineData("CookieName", "no good")]
    [InlineData("CookieName", "")]
    [InlineData("HeaderName", "no:good")]
    public async Task Invalid_setting_stops_the_service_at_its_start(string setting, string value)
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(($"{EdgeOptions.Section}:{setting}", value)));

        Assert.Contains(setting, exception.Message, StringComparison.Ordinal);
    }

    private Task<TestService> StartAsync(params (string Name, string? Value)[] settings)
    {
        var service = TestService.Build(
            builder => builder.Services.AddSingleton<TimeProvider>(_time),
            app =>
            {
                app.MapGet("/join", (HttpContext context) =>
                {
                    context.GetVisitorSession().BecomeMember();
                    context.GetVisitorSession().JoinExperiment("button", "B");
                    return ReceivedRequest.From(context);
                });
                app.MapGet("/visitor", (HttpContext context) =>
                {
                    context.Response.Headers["Visitor"] = context.GetVisitorSession().VisitorId;
                    return ReceivedRequest.From(context);
                });
                app.MapGet("/complete-journey", (HttpContext context) =>
                {
                    context.GetVisitorSession().CompleteJourney();
                    return ReceivedRequest.From(context);
                });
                app.MapGet("/start-journey", (HttpContext context) =>
                {
                    context.GetVisitorSession().StartNewJourney();
                    return ReceivedRequest.From(context);
                });
                app.MapGet("/public", (HttpContext context) =>
                {
                    context.Response.Headers.CacheControl = "public, max-age=31536000";
                    return ReceivedRequest.From(context);
                });
            },
            settings:
            [
                ("Shop:TraceSampling:TargetPerSecond", "0"),
                // The tests send many requests, and set the clock back.
                ("Shop:RequestLimits:Address:Burst", "1000000"), ("Shop:RequestLimits:Address:RequestsPerSecond", "1"),
                ("Shop:RequestLimits:Session:Burst", "1000000"), ("Shop:RequestLimits:Session:RequestsPerSecond", "1"),
                .. settings,
            ]);
        return service.StartAsync();
    }

    private async Task<(ReceivedRequest Received, HttpResponseMessage Response)> SendAsync(
        Action<HttpRequestMessage>? prepare = null, string path = "/echo")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        prepare?.Invoke(request);
        var response = await _service!.Client.SendAsync(request);
        return ((await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<ReceivedRequest>())!, response);
    }

    private static (string Segment, string Experiment, string Group) GetSegmentAndExperiment(ReceivedRequest received) =>
    (
        received.Baggage[JourneyKeys.UserSegment],
        received.Baggage[JourneyKeys.Experiment],
        received.Baggage[JourneyKeys.ExperimentGroup]
    );

    private static Action<HttpRequestMessage> WithCookie(string token) => request => request.Headers.Add("Cookie", $"{Cookie}={token}");

    private static string? TokenOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.Single().Split(';')[0][(Cookie.Length + 1)..] : null;
}
