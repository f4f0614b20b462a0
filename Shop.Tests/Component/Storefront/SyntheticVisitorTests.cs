using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Trace;
using Shop.Storefront.SyntheticVisitors;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

/// <summary>How the storefront treats simulated visitors.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class SyntheticVisitorTests : IAsyncLifetime, IDisposable
{
    private const string Simulated = "Mozilla/5.0 (iPhone) Mobile/15E148 ShopVisitors/1.0";
    private const string Person = "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0";

    private readonly RecordedEvents _events = new();
    private readonly ConcurrentQueue<Activity> _calls = new();
    private readonly ActivityListener _listener;
    private TestService? _service;
    private InProcessService? _storefront;

    public SyntheticVisitorTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "System.Net.Http",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _calls.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public async Task InitializeAsync()
    {
        _service = await TestService.Build(map: app => app.Map("/{**path}", static async (HttpContext context) =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            return Results.Redirect("/cart");
        })).StartAsync();
        _storefront = Start(enabled: true);
    }

    public Task DisposeAsync() => _service!.DisposeAsync().AsTask();

    public void Dispose()
    {
        _storefront?.Dispose();
        _listener.Dispose();
    }

    [Theory]
    [InlineData(Simulated, "test")]
    [InlineData(Person, null)]
    [InlineData("Mozilla/5.0 (Linux; Android 9; CUBOT_X19) Chrome/142.0.0.0 Mobile", null)]
    [InlineData("Mozilla/5.0 (compatible; Googlebot/2.1; +https://www.google.com/bot.html)", "bot")]
    [InlineData("Mozilla/5.0 (compatible; Baiduspider/2.0)", "bot")]
    public async Task Events_of_simulated_visitors_and_crawlers_are_marked(string userAgent, string? expected)
    {
        using var response = await SendAsync("/cart", userAgent);

        Assert.Equal(expected, Assert.Single(_events.Of("page.viewed")).SyntheticType);
    }

    [Fact]
    public async Task Simulated_visitor_gets_the_ids_of_its_trace_and_session_and_may_start_the_next_session()
    {
        using var first = await SendAsync("/cart", Simulated);
        using var next = await SendAsync("/cart", Simulated, Cookie(first), ("X-Shop-Next-Session", "1"));

        var ids = _events.Of("page.viewed").Select(viewed => $"{viewed.TraceId};{viewed.SessionId};").ToList();
        Assert.Equal(2, ids.Distinct().Count());
        Assert.Equal(($"{ids[0]}new;;", $"{ids[1]}returning;;"), (Ids(first), Ids(next)));
    }

    [Fact]
    public async Task Response_to_the_callback_of_the_sign_in_has_the_ids_and_its_event_is_marked_too()
    {
        using var response = await SendAsync("/login/callback?error=access_denied", Simulated);

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        var redirected = Assert.Single(_events.Of("page.redirected"));
        Assert.Equal(($"{redirected.TraceId};{redirected.SessionId};new;;", "test"), (Ids(response), redirected.SyntheticType));
    }

    [Theory]
    [InlineData(Person, true)]
    [InlineData(Simulated, false)]
    public async Task Nobody_else_gets_ids_or_causes_faults(string userAgent, bool enabled)
    {
        using var storefront = Start(enabled);
        using var response = await SendAsync(
            "/sso/authorize", userAgent, ("X-Shop-Fault", "name_resolution"), ("X-Shop-Next-Session", "1"), storefront);

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Null(Ids(response));
    }

    [Fact]
    public async Task Caller_that_says_it_is_simulated_is_a_crawler_where_simulated_visitors_are_not_enabled()
    {
        using var storefront = Start(enabled: false);
        using var response = await SendAsync("/cart", Simulated, storefront: storefront);

        // Alerts count crawlers: otherwise any caller could silence them.
        Assert.Equal("bot", Assert.Single(_events.Of("page.viewed")).SyntheticType);
    }

    [Theory]
    [InlineData("/products", "name_resolution", "name_resolution_error")]
    [InlineData("/products", "gateway_timeout", "504")]
    [InlineData("/products", "connect_timeout", "System.Threading.Tasks.TaskCanceledException")]
    [InlineData("/sso/authorize", "name_resolution", "name_resolution_error")]
    [InlineData("/sso/authorize", "gateway_timeout", "504")]
    [InlineData("/sso/authorize", "connect_timeout", "System.Threading.Tasks.TaskCanceledException")]
    public async Task Requested_fault_is_a_failure_of_the_client_span(string path, string fault, string errorType)
    {
        using var response = await SendAsync(path, Simulated, ("X-Shop-Fault", fault));

        Assert.True((int)response.StatusCode >= 500, $"{response.StatusCode}");
        var trace = Ids(response)!.Split(';')[0];
        var calls = _calls.Where(call => call.TraceId.ToHexString() == trace && call.Kind is ActivityKind.Client).ToList();
        Assert.Contains(calls, call => (string?)call.GetTagItem("error.type") == errorType);
    }

    [Fact]
    public async Task Slow_sign_in_is_a_slow_call_of_the_sign_in_service()
    {
        using var request = Create(HttpMethod.Post, "/sso/login", Simulated, ("X-Shop-Fault", "slow_sign_in"));
        request.Content = new FormUrlEncodedContent([KeyValuePair.Create("email", "ada@example.org")]);
        using var response = await _storefront!.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        var trace = Ids(response)!.Split(';')[0];
        var call = Assert.Single(_calls, call => call.TraceId.ToHexString() == trace && call.Kind is ActivityKind.Client);
        Assert.True(call.Duration >= SlowBody.Delay - TimeSpan.FromMilliseconds(100), $"{call.Duration}");
    }

    [Fact]
    public void Storefront_does_not_start_with_simulated_faults_in_Production()
    {
        var error = Assert.Throws<OptionsValidationException>(
            () => InProcessService.Start("storefront", Environments.Production, ("SyntheticVisitors:Enabled", "true")));

        Assert.Contains("SyntheticVisitors:Enabled must be false in Production", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/cart", null, Person, "direct", "desktop")]
    [InlineData("/cart", null, Simulated, "direct", "mobile")]
    [InlineData("/cart?utm_source=Newsletter", "https://mail.example/", Person, "newsletter", "desktop")]
    [InlineData("/cart", "https://www.search.example/?q=mug", Person, "www.search.example", "desktop")]
    [InlineData("/cart?utm_source=ada%40example.org", null, Person, "other", "desktop")]
    [InlineData("/cart", "http://HOST/products", Person, null, "desktop")]
    public async Task Page_view_has_the_source_of_the_visit_and_the_device(
        string path, string? referrer, string userAgent, string? source, string device)
    {
        referrer = referrer?.Replace("HOST", _storefront!.Client.BaseAddress!.Authority, StringComparison.Ordinal);
        using var response = await SendAsync(path, userAgent, ("Referer", referrer));

        var fields = Assert.Single(_events.Of("page.viewed")).Fields;
        Assert.Equal((source, device), (fields.GetValueOrDefault("shop.traffic.source"), fields["shop.device.type"]));
    }

    [Fact]
    public async Task Later_page_of_a_session_has_no_source()
    {
        using var first = await SendAsync("/cart", Person);
        using var second = await SendAsync("/cart", Person, Cookie(first));

        Assert.Equal(
            (object?[])["direct", null],
            _events.Of("page.viewed").Select(viewed => viewed.Fields.GetValueOrDefault("shop.traffic.source")));
    }

    private InProcessService Start(bool enabled)
    {
        var address = _service!.GetAddress("http").ToString();
        var storefront = InProcessService.StartStorefront(
            Environments.Staging,
            [
                ("Logging:LogLevel:Shop.Journey", "Information"),
                ("Shop:ServiceKey", TestService.ServiceKey),
                ("SyntheticVisitors:Enabled", enabled ? "true" : "false"),
                ("SignIn:Authority", $"{address}sso"), ("SignIn:ClientSecret", "secret"), ("SignIn:CartKey", new('c', 32)),
                .. ((string[])["catalog", "cart", "orders", "identity"]).Select(name => ($"services:{name}:http:0", (string?)address)),
            ]);
        storefront.Services.GetRequiredService<ILoggerFactory>().AddProvider(_events);
        // No hosted service has started it.
        storefront.Services.GetRequiredService<TracerProvider>();
        return storefront;
    }

    private Task<HttpResponseMessage> SendAsync(
        string path, string userAgent, (string, string?) header = default, (string, string?) another = default,
        InProcessService? storefront = null) =>
        (storefront ?? _storefront!).Client.SendAsync(Create(HttpMethod.Get, path, userAgent, header, another));

    private static HttpRequestMessage Create(
        HttpMethod method, string path, string userAgent, params (string Name, string? Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("User-Agent", userAgent);
        request.Headers.TryAddWithoutValidation("Accept", "text/html");
        foreach (var (name, value) in headers.Where(header => header.Value is not null))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static (string, string?) Cookie(HttpResponseMessage response) => ("Cookie", response.Headers.GetValues("Set-Cookie")
        .Single(cookie => cookie.Contains("session", StringComparison.Ordinal)).Split(';')[0]);

    private static string? Ids(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Shop-Visit", out var values) ? Assert.Single(values) : null;
}
