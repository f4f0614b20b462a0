using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Telemetry.Journeys;
using Shop.Tests.Support;
using Shop.Tests.Unit.ServiceDefaults;
using Shop.Web.Sessions;

namespace Shop.Tests.Component.Web;

[Collection(Services.Name)]
public sealed class VisitorSessionTests : IAsyncLifetime
{
    private const string Cookie = "shop-session";
    private const string Header = "X-Shop-Session";
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string SpanId = "00f067aa0ba902b7";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private TestService? _edge;

    public async Task InitializeAsync() => _edge = await StartAsync(("Shop:Edge:Enabled", "true"));

    public async Task DisposeAsync() => await _edge!.DisposeAsync();

    [Fact]
    public async Task First_request_gets_trace_request_and_session_ids()
    {
        var (heard, response) = await AskAsync();

        Assert.Matches("^[0-9a-f]{32}$", heard.TraceId);
        Assert.Matches("^[0-9a-f]{32}$", heard.Baggage[JourneyKeys.SessionId]);
        Assert.Matches("^[0-9a-f]{32}$", heard.Baggage[JourneyKeys.JourneyId]);
        Assert.Matches("^[0-9a-f]{32}$", heard.Baggage[JourneyKeys.RequestId]);
        Assert.Equal("new", heard.Baggage[JourneyKeys.UserSegment]);
        Assert.Equal([heard.RequestId!], response.Headers.GetValues("X-Request-Id"));
        var span = Assert.Single(await _edge!.SpansAsync(1));
        Assert.All(heard.Baggage, member => Assert.Equal(member.Value, span.GetTagItem(member.Key)));
    }

    [Fact]
    public async Task Session_cookie_is_HttpOnly_SameSite_and_opaque()
    {
        var (heard, response) = await AskAsync();

        var cookie = response.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; path=/", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(heard.Baggage[JourneyKeys.SessionId], cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inbound_trace_is_linked_and_inbound_baggage_and_request_id_are_ignored()
    {
        var (heard, response) = await AskAsync(request =>
        {
            request.Headers.Add("traceparent", $"00-{TraceId}-{SpanId}-00");
            request.Headers.Add("tracestate", "ot=th:8");
            request.Headers.Add("baggage", "session.id=forged,shop.critical_route=checkout,shop.user.segment=member");
            request.Headers.Add("X-Request-Id", "forged");
        });

        Assert.NotEqual(TraceId, heard.TraceId);
        Assert.Equal("0000000000000000", heard.ParentId);
        Assert.Equal("ot=th:0", heard.TraceState);
        Assert.DoesNotContain("forged", heard.Baggage.Values);
        Assert.Equal("new", heard.Baggage[JourneyKeys.UserSegment]);
        Assert.DoesNotContain(JourneyKeys.CriticalRoute, heard.Baggage.Keys);
        Assert.NotEqual(["forged"], response.Headers.GetValues("X-Request-Id"));
        var link = Assert.Single((await _edge!.SpansAsync(1)).Single().Links);
        Assert.Equal((TraceId, SpanId), (link.Context.TraceId.ToString(), link.Context.SpanId.ToString()));
    }

    [Fact]
    public async Task Session_lasts_30_minutes_after_its_last_request()
    {
        var (first, response) = await AskAsync();
        var token = TokenOf(response)!;
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(29));
            var (next, answer) = await AskAsync(Send(token));
            Assert.Equal(first.Baggage[JourneyKeys.SessionId], next.Baggage[JourneyKeys.SessionId]);
            Assert.Equal(first.Baggage[JourneyKeys.JourneyId], next.Baggage[JourneyKeys.JourneyId]);
            Assert.NotEqual(first.RequestId, next.RequestId);
            token = TokenOf(answer) ?? token;
        }

        // Requests within the first minutes of a token do not renew it; the half hour still counts from the last of them.
        _time.Advance(TimeSpan.FromMinutes(4));
        var (_, soon) = await AskAsync(Send(token));
        Assert.Null(TokenOf(soon));
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(first.Baggage[JourneyKeys.SessionId], (await AskAsync(Send(token))).Heard.Baggage[JourneyKeys.SessionId]);

        _time.Advance(TimeSpan.FromMinutes(36));
        var (later, _) = await AskAsync(Send(token));
        Assert.NotEqual(first.Baggage[JourneyKeys.SessionId], later.Baggage[JourneyKeys.SessionId]);
        Assert.Equal("returning", later.Baggage[JourneyKeys.UserSegment]);

        _time.Advance(TimeSpan.FromDays(31));
        Assert.Equal("new", (await AskAsync(Send(token))).Heard.Baggage[JourneyKeys.UserSegment]);
    }

    [Fact]
    public async Task Session_token_can_be_sent_in_a_header()
    {
        var (first, response) = await AskAsync(request => request.Headers.Add(Header, ""));
        Assert.False(response.Headers.Contains("Set-Cookie"));
        var token = response.Headers.GetValues(Header).Single();

        var (second, _) = await AskAsync(request => request.Headers.Add(Header, token));

        Assert.Equal(first.Baggage[JourneyKeys.SessionId], second.Baggage[JourneyKeys.SessionId]);
    }

    [Fact]
    public async Task Segment_and_experiment_group_are_part_of_the_token()
    {
        var (_, response) = await AskAsync();
        var token = TokenOf(response)!;
        var (joined, answer) = await AskAsync(Send(token), "/join");
        Assert.Equal(("member", "button", "B"), (joined.Baggage[JourneyKeys.UserSegment], joined.Baggage[JourneyKeys.Experiment], joined.Baggage[JourneyKeys.ExperimentGroup]));

        var (next, _) = await AskAsync(Send(TokenOf(answer)!));

        Assert.Equal(("member", "button", "B"), (next.Baggage[JourneyKeys.UserSegment], next.Baggage[JourneyKeys.Experiment], next.Baggage[JourneyKeys.ExperimentGroup]));
        Assert.Equal(joined.Baggage[JourneyKeys.JourneyId], next.Baggage[JourneyKeys.JourneyId]);
    }

    [Fact]
    public async Task Hostile_headers_do_not_reach_the_journey()
    {
        var random = new Random(10);
        var (_, response) = await AskAsync();
        var genuine = TokenOf(response)!;
        for (var i = 0; i < 1000; i++)
        {
            var sent = new List<string>();
            var (heard, answer) = await AskAsync(request =>
            {
                foreach (var (name, value) in HostileHeaders.Next(random, genuine))
                {
                    sent.Add(value);
                    request.Headers.TryAddWithoutValidation(name, value);
                }
            });

            Assert.Equal("0000000000000000", heard.ParentId);
            Assert.Equal("ot=th:0", heard.TraceState);
            Assert.Equal(["session.id", "shop.journey.id", "shop.request.id", "shop.user.segment"], heard.Baggage.Keys.Order());
            Assert.All(heard.Baggage.Where(member => member.Key != JourneyKeys.UserSegment), member => Assert.Matches("^[0-9a-f]{32}$", member.Value));
            Assert.Equal("new", heard.Baggage[JourneyKeys.UserSegment]);
            Assert.DoesNotContain(heard.TraceId!, string.Join(' ', sent), StringComparison.Ordinal);
            Assert.Equal(0, heard.ActivityBaggage);
            Assert.Equal([heard.RequestId!], answer.Headers.GetValues("X-Request-Id"));
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

    private Task<TestService> StartAsync(params (string, string?)[] settings) => TestService.StartAsync(
        builder => builder.Services.AddSingleton<TimeProvider>(_time),
        app => app.MapGet("/join", context =>
        {
            context.GetVisitorSession().BecomeMember();
            context.GetVisitorSession().JoinExperiment("button", "B");
            return context.Response.WriteAsJsonAsync(TestService.Heard(context));
        }),
        [("Shop:TraceSampling:TargetPerSecond", "0"), .. settings]);

    private async Task<(HeardRequest Heard, HttpResponseMessage Response)> AskAsync(Action<HttpRequestMessage>? prepare = null, string path = "/heard")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        prepare?.Invoke(request);
        var response = await _edge!.Client.SendAsync(request);
        return ((await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<HeardRequest>())!, response);
    }

    private static Action<HttpRequestMessage> Send(string token) => request => request.Headers.Add("Cookie", $"{Cookie}={token}");

    private static string? TokenOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.Single().Split(';')[0][(Cookie.Length + 1)..] : null;
}
