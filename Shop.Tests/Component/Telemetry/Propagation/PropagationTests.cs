using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Contracts.Catalog.V1;
using Shop.Telemetry.Propagation;
using Shop.Telemetry.Sampling;
using Shop.Tests.Support;
using CatalogBase = Shop.Contracts.Catalog.V1.Catalog.CatalogBase;
using CatalogClient = Shop.Contracts.Catalog.V1.Catalog.CatalogClient;

namespace Shop.Tests.Component.Telemetry.Propagation;

[Collection(TracingTestGroup.Name)]
public sealed class PropagationTests : IAsyncLifetime
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string SpanId = "00f067aa0ba902b7";
    private const string Journey =
        "session.id=s-1,shop.journey.id=j-1,shop.request.id=r-1,shop.item.id=mug-01,shop.experiment.name=button,shop.experiment.group=B";

    private static readonly string[] _contextHeaders =
    [
        "traceparent", "tracestate", "baggage", "request-id", "correlation-context", "x-request-id", "shop-service-key",
    ];

    private TestService? _backend;
    private TestService? _frontend;

    public async Task InitializeAsync()
    {
        (string, string?)[] settings =
        [
            ("Shop:TraceSampling:Tail:Enabled", "false"),
            ("Shop:TraceSampling:Probability", "0"),
            ("Shop:TraceSampling:TargetPerSecond", "0"),
        ];
        _backend = TestService.Build(
            builder => builder.Services.AddGrpc(),
            app =>
            {
                app.MapGrpcService<RecordingCatalog>();
                app.MapGet("/redirect", () => Results.Redirect("http://payments.example/"));
            },
            settings: settings);
        await _backend.StartAsync();
        _frontend = TestService.Build(
            builder =>
            {
                builder.Services.AddServiceHttpClient<BackendClient>("backend");
                builder.Services.AddServiceGrpcClient<CatalogClient>("catalog");
                builder.Services.AddHttpClient("payments", client => client.BaseAddress = _backend.GetAddress("http"));
                builder.Services.AddHttpClient("discovered", client => client.BaseAddress = new Uri("http://backend"));
                builder.Services.AddHttpClient<PaymentClient>(client => client.BaseAddress = _backend.GetAddress("http"));
            },
            app =>
            {
                app.MapGet("/http", CallHttpAsync);
                app.MapGet("/http/suppressed", async (BackendClient backend) =>
                {
                    using (SuppressInstrumentationScope.Begin())
                    {
                        return await CallHttpAsync(backend);
                    }
                });
                app.MapGet("/grpc", CallGrpcAsync);
                app.MapGet("/grpc/suppressed", async (CatalogClient catalog) =>
                {
                    using (SuppressInstrumentationScope.Begin())
                    {
                        return await CallGrpcAsync(catalog);
                    }
                });
                app.MapGet("/foreign/named", (IHttpClientFactory clients) => EchoAsync(clients.CreateClient("payments")));
                app.MapGet("/foreign/discovered", (IHttpClientFactory clients) => EchoAsync(clients.CreateClient("discovered")));
                app.MapGet("/foreign/typed", (PaymentClient payments) => EchoAsync(payments.Http));
                app.MapGet("/foreign/own", async () =>
                {
                    using var http = new HttpClient { BaseAddress = _backend.GetAddress("http") };
                    return await EchoAsync(http);
                });
                app.MapGet("/foreign/service", (BackendClient backend) =>
                    backend.Http.GetFromJsonAsync<ReceivedRequest>(new Uri(_backend.GetAddress("http"), "/echo")));
                app.MapGet("/redirected", async (BackendClient backend) =>
                    (int)(await backend.Http.GetAsync(new Uri("/redirect", UriKind.Relative))).StatusCode);
            },
            settings:
            [
                .. settings,
                ("services:catalog:grpc:0", _backend.GetAddress("grpc").ToString()),
                ("services:backend:http:0", _backend.GetAddress("http").ToString()),
            ]);
        await _frontend.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _frontend!.DisposeAsync();
        await _backend!.DisposeAsync();
    }

    public static TheoryData<string, string> PathsAndFlags => new()
    {
        { "/http", "01" }, { "/http/suppressed", "01" }, { "/grpc", "01" }, { "/grpc/suppressed", "01" },
        { "/http", "00" }, { "/http/suppressed", "00" }, { "/grpc", "00" }, { "/grpc/suppressed", "00" },
    };

    [Theory]
    [MemberData(nameof(PathsAndFlags))]
    public async Task Trace_and_journey_are_propagated_whether_or_not_the_trace_is_sampled(string path, string flags)
    {
        var received = await SendAsync(path, flags);

        Assert.Equal(TraceId, received.TraceId);
        Assert.Equal(flags == "01" ? "ot=th:8,congo=t61rcWkgMzE" : "congo=t61rcWkgMzE", received.TraceState);
        Assert.Equal(flags == "01", received.Recorded);
        Assert.Equal(Journey.Split(',').Order(), received.Baggage.Select(member => $"{member.Key}={member.Value}").Order());
        Assert.Equal("r-1", received.RequestId);
    }

    [Theory]
    [MemberData(nameof(PathsAndFlags))]
    public async Task Each_header_is_sent_once_and_none_of_other_propagators(string path, string flags)
    {
        var received = await SendAsync(path, flags);

        foreach (var name in (string[])["traceparent", "tracestate", "baggage"])
        {
            Assert.Single(received.Headers[name]);
        }

        foreach (var name in (string[])["correlation-context", "request-id", "x-request-id"])
        {
            Assert.DoesNotContain(name, received.Headers.Keys);
        }

        Assert.Equal([TestService.ServiceKey], received.Headers["shop-service-key"]);
        Assert.EndsWith($"-{flags}", received.Headers["traceparent"][0], StringComparison.Ordinal);
        Assert.Equal(0, received.ActivityBaggage);
    }

    [Theory]
    [InlineData("/http")]
    [InlineData("/grpc")]
    public async Task Sampled_trace_has_every_span_with_the_journey(string path)
    {
        await SendAsync(path, "01");

        // Each service exports all spans of this process: one client span and two server spans.
        var spans = (await _frontend!.Spans.WaitForSpansAsync(3)).DistinctBy(span => span.SpanId).ToList();
        // The order varies, because a server span ends after its response has been sent.
        Assert.Equal([ActivityKind.Server, ActivityKind.Server, ActivityKind.Client], spans.Select(span => span.Kind).Order());
        var spanIds = spans.Select(span => span.SpanId.ToString()).Append(SpanId).ToHashSet();
        Assert.All(spans, span => Assert.Contains(span.ParentSpanId.ToString(), spanIds));
        // The parent of the span of the service that is called is the call, and not the request around it.
        var call = spans.Single(span => span.Kind is ActivityKind.Client);
        Assert.Single(spans, span => span.Kind is ActivityKind.Server && span.ParentSpanId == call.SpanId);
        Assert.All(spans, span => Assert.Equal(
            ("s-1", "j-1", "r-1", "mug-01", "B"),
            (span.GetTagItem("session.id"), span.GetTagItem("shop.journey.id"), span.GetTagItem("shop.request.id"),
                span.GetTagItem("shop.item.id"), span.GetTagItem("shop.experiment.group"))));
    }

    [Fact]
    public async Task Trace_that_is_not_sampled_exports_no_span()
    {
        await SendAsync("/http", "00");
        await SendAsync("/grpc", "00");
        await SendAsync("/http", "01");

        var spans = await _frontend!.Spans.WaitForSpansAsync(3);
        Assert.Equal(3, spans.DistinctBy(span => span.SpanId).Count());
        Assert.All(spans, span => Assert.Equal("ot=th:8,congo=t61rcWkgMzE", span.TraceStateString));
    }

    [Theory]
    [InlineData("/foreign/named")]
    [InlineData("/foreign/typed")]
    [InlineData("/foreign/own")]
    [InlineData("/foreign/discovered")]
    public async Task Client_that_is_not_one_of_a_service_sends_no_context_and_no_key(string path)
    {
        var received = await SendAsync(path, "01");

        Assert.NotEmpty(received.Headers);
        foreach (var name in _contextHeaders)
        {
            Assert.DoesNotContain(name, received.Headers.Keys);
        }
    }

    // The last seven bytes of the trace id are ce929d0e0e4736.
    [Theory]
    [InlineData("ot=th:ce929d0e0e4737,congo=1")]
    [InlineData("ot=th:d;rv:cfffffffffffff,congo=1")]
    [InlineData("congo=1,ot=th:x")]
    [InlineData("ot=th:0123456789abcdef,congo=1")]
    [InlineData("ot=rv:ffffffffffffff;th:ffffffffffffff,congo=1")]
    public async Task Invalid_threshold_of_a_service_is_removed_and_the_adjusted_count_is_unknown(string traceState)
    {
        using var request = CreateRequest("/echo", "01", TestService.ServiceKey, traceState);
        using var response = await _backend!.Client.SendAsync(request);

        var received = await response.Content.ReadFromJsonAsync<ReceivedRequest>();
        Assert.True(received!.Recorded);
        Assert.DoesNotContain("th:", received.TraceState, StringComparison.Ordinal);
        Assert.EndsWith("congo=1", received.TraceState, StringComparison.Ordinal);
        Assert.Null((await _backend.Spans.WaitForSpansAsync(1))[0].GetTagItem(SamplingAttributes.AdjustedCount));
    }

    [Fact]
    public async Task Client_of_a_service_calls_no_other_host_and_follows_no_redirect()
    {
        using var foreign = await _frontend!.Client.GetAsync("/foreign/service");
        Assert.Equal(HttpStatusCode.InternalServerError, foreign.StatusCode);

        Assert.Equal((int)HttpStatusCode.Found, await _frontend.Client.GetFromJsonAsync<int>("/redirected"));
    }

    [Theory]
    [InlineData(nameof(BackendClient))]
    [InlineData(nameof(CatalogClient))]
    public void Call_of_a_service_does_not_go_through_a_proxy(string client)
    {
        var handler = _frontend!.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(client);
        while (handler is DelegatingHandler { InnerHandler: { } inner })
        {
            handler = inner;
        }

        Assert.False(Assert.IsType<SocketsHttpHandler>(handler).UseProxy);
    }

    [Fact]
    public async Task Key_is_not_logged_at_any_level()
    {
        var service = await TestService.Build(
            builder =>
            {
                builder.Services.AddServiceHttpClient<BackendClient>("backend");
                builder.Services.AddServiceGrpcClient<CatalogClient>("catalog");
            },
            app =>
            {
                app.MapGet("/http", CallHttpAsync);
                app.MapGet("/grpc", CallGrpcAsync);
            },
            settings:
            [
                ("Logging:LogLevel:Default", "Trace"), ("Logging:LogLevel:System.Net.Http.HttpClient", "Trace"),
                ("Shop:LogSampling:Enabled", "false"),
                ("services:catalog:grpc:0", _backend!.GetAddress("grpc").ToString()),
                ("services:backend:http:0", _backend.GetAddress("http").ToString()),
            ]).StartAsync();
        foreach (var path in (string[])["/http", "/grpc"])
        {
            using var request = CreateRequest(path, "01");
            (await service.Client.SendAsync(request)).EnsureSuccessStatusCode().Dispose();
        }

        var lines = await service.ReadConsoleAsync();

        Assert.Contains(lines, line => line.Contains("Shop-Service-Key", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(TestService.ServiceKey, StringComparison.Ordinal));
    }

    public static TheoryData<string?> InvalidKeys => [null, "", "wrong", TestService.ServiceKey + "x", TestService.ServiceKey[..^1] + "x"];

    [Theory]
    [MemberData(nameof(InvalidKeys))]
    public async Task Context_of_a_caller_without_the_key_is_linked_and_not_continued(string? key)
    {
        await using var service = await TestService.Build(settings: [("Shop:TraceSampling:TargetPerSecond", "0")]).StartAsync();
        using var request = CreateRequest("/echo", "00", key);
        request.Headers.Add("X-Request-Id", "forged");
        using var response = await service.Client.SendAsync(request);
        var received = (await response.Content.ReadFromJsonAsync<ReceivedRequest>())!;

        Assert.NotEqual(TraceId, received.TraceId);
        Assert.Equal(("0000000000000000", "ot=th:0", true), (received.ParentId, received.TraceState, received.Recorded));
        Assert.Equal(["shop.request.id"], received.Baggage.Keys);
        Assert.Matches("^[0-9a-f]{32}$", received.RequestId);
        Assert.Equal([received.RequestId!], response.Headers.GetValues("X-Request-Id"));
        var span = Assert.Single(await service.Spans.WaitForSpansAsync(1));
        var link = Assert.Single(span.Links).Context;
        Assert.Equal((TraceId, SpanId, null), (link.TraceId.ToString(), link.SpanId.ToString(), link.TraceState));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Service_without_a_key_continues_nobodys_context(string? key)
    {
        await using var service = await TestService.Build(settings: ("Shop:ServiceKey", key)).StartAsync();
        using var request = CreateRequest("/echo", "01", "");
        using var response = await service.Client.SendAsync(request);

        Assert.NotEqual(TraceId, (await response.Content.ReadFromJsonAsync<ReceivedRequest>())!.TraceId);
    }

    [Theory]
    [InlineData("too-short")]
    [InlineData("a key with spaces is not valid in a header")]
    public async Task Service_does_not_start_with_a_malformed_key(string key)
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => TestService.Build(settings: ("Shop:ServiceKey", key)).StartAsync());

        Assert.Contains("ServiceKey", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Problem_response_has_trace_request_and_session_id()
    {
        using var request = CreateRequest("/nowhere", "00");
        using var response = await _backend!.Client.SendAsync(request);

        var problem = await response.Content.ReadFromJsonAsync<Dictionary<string, object>>();
        Assert.Equal(
            (TraceId, "r-1", "s-1"),
            (problem!["traceId"].ToString(), problem["requestId"].ToString(), problem["sessionId"].ToString()));
        Assert.Equal(["r-1"], response.Headers.GetValues("X-Request-Id"));
    }

    [Fact]
    public async Task First_service_samples_for_the_whole_trace()
    {
        const int Requests = 400;
        var sampled = 0;
        await using var entry = await TestService.Build(
            builder => builder.Services.AddServiceHttpClient<BackendClient>("backend"),
            app => app.MapGet("/http", CallHttpAsync),
            settings:
            [
                ("Shop:TraceSampling:Probability", "0.25"), ("Shop:TraceSampling:TargetPerSecond", "0"),
                ("services:backend:http:0", _backend!.GetAddress("http").ToString()),
            ]).StartAsync();
        for (var i = 0; i < Requests; i++)
        {
            var received = await entry.Client.GetFromJsonAsync<ReceivedRequest>("/http");
            Assert.Equal(received!.Recorded ? "ot=th:c" : null, received.TraceState);
            sampled += received.Recorded ? 1 : 0;
        }

        var traces = (await entry.Spans.WaitForSpansAsync(3 * sampled)).GroupBy(span => span.TraceId).ToList();
        // Six standard deviations, sqrt(400 * 0.25 * 0.75): one run in five hundred million is out of this range.
        Assert.InRange(sampled, 48, 152);
        Assert.Equal(sampled, traces.Count);
        Assert.All(traces, trace => Assert.Equal(3, trace.DistinctBy(span => span.SpanId).Count()));
        Assert.All(traces.SelectMany(trace => trace), span => Assert.Equal(4d, span.GetTagItem(SamplingAttributes.AdjustedCount)));
    }

    [Fact]
    public async Task Status_that_matches_a_critical_route_exports_an_unsampled_span()
    {
        await using var service = await TestService.Build(
            builder => builder.AddCriticalRoute("conflict", route: "^/lines/", status: "^409$"),
            app => app.MapGet("/lines/{sku}", (string sku) => sku == "none" ? Results.Conflict() : Results.Ok()),
            settings: [("Shop:TraceSampling:Probability", "0"), ("Shop:TraceSampling:TargetPerSecond", "0")]).StartAsync();

        await service.Client.GetAsync("/lines/mug-01");
        await service.Client.GetAsync("/lines/none");

        var span = Assert.Single(await service.Spans.WaitForSpansAsync(1));
        Assert.Equal(
            ("conflict", "critical_route", 409),
            (span.GetTagItem("shop.critical_route"), span.GetTagItem(SamplingAttributes.Reason),
                span.GetTagItem("http.response.status_code")));
    }

    private static HttpRequestMessage CreateRequest(
        string path, string flags, string? key = TestService.ServiceKey, string traceState = "ot=th:8,congo=t61rcWkgMzE")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path)
        {
            Headers =
            {
                { "traceparent", $"00-{TraceId}-{SpanId}-{flags}" },
                { "tracestate", traceState },
                { "baggage", Journey + ",unregistered=1" },
            },
        };
        if (key is not null)
        {
            request.Headers.Add(ServiceKey.HeaderName, key);
        }

        return request;
    }

    [Fact]
    public async Task Critical_route_is_sampled_when_the_service_that_started_the_trace_did_not_know_it()
    {
        await using var service = await TestService.Build(
            builder =>
            {
                builder.AddCriticalRoute("checkout", route: "/checkout$");
                builder.Services.AddServiceHttpClient<BackendClient>("backend");
            },
            app => app.MapGet("/checkout", CallHttpAsync),
            settings: ("services:backend:http:0", _backend!.GetAddress("http").ToString())).StartAsync();
        using var request = CreateRequest("/checkout", "00");
        using var response = await service.Client.SendAsync(request);

        var received = await response.Content.ReadFromJsonAsync<ReceivedRequest>();
        Assert.Equal((TraceId, true), (received!.TraceId, received.Recorded));
        var spans = (await service.Spans.WaitForSpansAsync(3)).DistinctBy(span => span.SpanId).ToList();
        Assert.Equal(3, spans.Count);
        Assert.All(spans, span => Assert.Equal(
            (0d, "critical_route"), (span.GetTagItem(SamplingAttributes.AdjustedCount), span.GetTagItem(SamplingAttributes.Reason))));
    }

    private async Task<ReceivedRequest> SendAsync(string path, string flags)
    {
        using var request = CreateRequest(path, flags);
        using var response = await _frontend!.Client.SendAsync(request);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<ReceivedRequest>())!;
    }

    private static Task<ReceivedRequest?> CallHttpAsync(BackendClient backend) => EchoAsync(backend.Http);

    private static Task<ReceivedRequest?> EchoAsync(HttpClient http) => http.GetFromJsonAsync<ReceivedRequest>("/echo");

    private static async Task<ReceivedRequest> CallGrpcAsync(CatalogClient catalog)
    {
        using var call = catalog.GetProductsAsync(new GetProductsRequest());
        await call;
        return RecordingCatalog.Last!;
    }

    private sealed record BackendClient(HttpClient Http);

    private sealed record PaymentClient(HttpClient Http);

    private sealed class RecordingCatalog : CatalogBase
    {
        public static ReceivedRequest? Last { get; private set; }

        public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
        {
            Last = ReceivedRequest.From(context.GetHttpContext());
            return Task.FromResult(new GetProductsResponse());
        }
    }
}
