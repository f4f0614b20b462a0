using System.Diagnostics;
using System.Net.Http.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using Shop.Contracts.Catalog.V1;
using Shop.Telemetry.Sampling;
using CatalogBase = Shop.Contracts.Catalog.V1.Catalog.CatalogBase;
using CatalogClient = Shop.Contracts.Catalog.V1.Catalog.CatalogClient;

namespace Shop.Tests.Unit.ServiceDefaults.Tracing;

[Collection(Services.Name)]
public sealed class PropagationTests : IAsyncLifetime
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string SpanId = "00f067aa0ba902b7";
    private const string Journey = "session.id=s-1,shop.journey.id=j-1,shop.request.id=r-1,shop.item.id=mug-01,feature_flag.key=button,feature_flag.result.variant=B";

    private TestService? _behind;
    private TestService? _front;

    public async Task InitializeAsync()
    {
        (string, string?)[] settings = [("Shop:TraceSampling:Tail:Enabled", "false"), ("Shop:TraceSampling:Probability", "0"), ("Shop:TraceSampling:TargetPerSecond", "0")];
        _behind = await TestService.StartAsync(builder => builder.Services.AddGrpc(), app => app.MapGrpcService<HearingCatalog>(), settings);
        _front = await TestService.StartAsync(
            builder =>
            {
                builder.Services.AddHttpClient("behind", client => client.BaseAddress = _behind.Http);
                builder.Services.AddServiceGrpcClient<CatalogClient>("catalog");
            },
            app =>
            {
                app.MapGet("/http", AskAsync);
                app.MapGet("/http/suppressed", async (IHttpClientFactory clients) =>
                {
                    using (SuppressInstrumentationScope.Begin())
                        return await AskAsync(clients);
                });
                app.MapGet("/grpc", CallAsync);
                app.MapGet("/grpc/suppressed", async (CatalogClient catalog) =>
                {
                    using (SuppressInstrumentationScope.Begin())
                        return await CallAsync(catalog);
                });
            },
            [.. settings, ("services:catalog:grpc:0", _behind.Grpc.ToString())]);
    }

    public async Task DisposeAsync()
    {
        await _front!.DisposeAsync();
        await _behind!.DisposeAsync();
    }

    public static TheoryData<string, string> Ways => new()
    {
        { "/http", "01" }, { "/http/suppressed", "01" }, { "/grpc", "01" }, { "/grpc/suppressed", "01" },
        { "/http", "00" }, { "/http/suppressed", "00" }, { "/grpc", "00" }, { "/grpc/suppressed", "00" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_trace_and_the_journey_cross_whatever_the_sampler_said(string way, string flags)
    {
        var heard = await AskFrontAsync(way, flags);

        Assert.Equal(TraceId, heard.TraceId);
        Assert.Equal("ot=th:8,congo=t61rcWkgMzE", heard.TraceState);
        Assert.Equal(flags == "01", heard.Recorded);
        Assert.Equal(Journey.Split(',').Order(), heard.Baggage.Select(member => $"{member.Key}={member.Value}").Order());
        Assert.Equal("r-1", heard.RequestId);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Each_header_is_sent_once_and_none_of_other_propagators(string way, string flags)
    {
        var heard = await AskFrontAsync(way, flags);

        foreach (var name in (string[])["traceparent", "tracestate", "baggage"])
            Assert.Single(heard.Headers[name]);
        foreach (var name in (string[])["correlation-context", "request-id", "x-request-id"])
            Assert.DoesNotContain(name, heard.Headers.Keys);
        Assert.EndsWith($"-{flags}", heard.Headers["traceparent"][0], StringComparison.Ordinal);
        Assert.Equal(0, heard.ActivityBaggage);
    }

    [Theory]
    [InlineData("/http")]
    [InlineData("/grpc")]
    public async Task A_kept_trace_has_every_span_and_each_says_whose_it_is(string way)
    {
        await AskFrontAsync(way, "01");

        // Both services hear all spans in this process: two servers and one client between them.
        var spans = (await _front!.SpansAsync(3)).DistinctBy(span => span.SpanId).ToList();
        // In no particular sequence: a server span ends when its answer is on its way.
        Assert.Equal([ActivityKind.Server, ActivityKind.Server, ActivityKind.Client], spans.Select(span => span.Kind).Order());
        var known = spans.Select(span => span.SpanId.ToString()).Append(SpanId).ToHashSet();
        Assert.All(spans, span => Assert.Contains(span.ParentSpanId.ToString(), known));
        Assert.All(spans, span => Assert.Equal(("s-1", "j-1", "r-1", "mug-01", "B"), (
            span.GetTagItem("session.id"), span.GetTagItem("shop.journey.id"), span.GetTagItem("shop.request.id"), span.GetTagItem("shop.item.id"), span.GetTagItem("feature_flag.result.variant"))));
    }

    [Fact]
    public async Task A_trace_that_is_not_kept_leaves_no_span()
    {
        await AskFrontAsync("/http", "00");
        await AskFrontAsync("/grpc", "00");
        await AskFrontAsync("/http", "01");

        var spans = await _front!.SpansAsync(3);
        Assert.All(spans, span => Assert.Equal("ot=th:8,congo=t61rcWkgMzE", span.TraceStateString));
        Assert.Equal(3, spans.DistinctBy(span => span.SpanId).Count());
    }

    [Fact]
    public async Task A_direct_call_without_ids_gets_a_request_id_and_one_with_an_id_keeps_it()
    {
        var without = await _behind!.Client.GetAsync("/heard");
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/heard") { Headers = { { "X-Request-Id", "mine-1" } } };
        var with = await _behind.Client.SendAsync(asked);
        using var odd = new HttpRequestMessage(HttpMethod.Get, "/heard") { Headers = { { "X-Request-Id", "no good" } } };
        var replaced = await _behind.Client.SendAsync(odd);

        var made = (await without.Content.ReadFromJsonAsync<HeardRequest>())!.RequestId!;
        Assert.Matches("^[0-9a-f]{32}$", made);
        Assert.Equal([made], without.Headers.GetValues("X-Request-Id"));
        Assert.Equal(["mine-1"], with.Headers.GetValues("X-Request-Id"));
        Assert.Matches("^[0-9a-f]{32}$", replaced.Headers.GetValues("X-Request-Id").Single());
    }

    [Fact]
    public async Task Refusals_say_all_three_ids()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere") { Headers = { { "baggage", Journey }, { "traceparent", $"00-{TraceId}-{SpanId}-00" } } };
        using var refusal = await _behind!.Client.SendAsync(request);

        var problem = await refusal.Content.ReadFromJsonAsync<Dictionary<string, object>>();
        Assert.Equal((TraceId, "r-1", "s-1"), (problem!["traceId"].ToString(), problem["requestId"].ToString(), problem["sessionId"].ToString()));
        Assert.Equal(["r-1"], refusal.Headers.GetValues("X-Request-Id"));
    }

    [Fact]
    public async Task The_service_where_a_trace_begins_decides_for_all_and_what_it_keeps_is_whole()
    {
        const int Requests = 400;
        var kept = 0;
        await using var entry = await TestService.StartAsync(
            builder => builder.Services.AddHttpClient("behind", client => client.BaseAddress = _behind!.Http),
            app => app.MapGet("/http", AskAsync),
            ("Shop:TraceSampling:Probability", "0.25"), ("Shop:TraceSampling:TargetPerSecond", "0"));
        for (var i = 0; i < Requests; i++)
        {
            var heard = await entry.Client.GetFromJsonAsync<HeardRequest>("/http");
            Assert.Equal(heard!.Recorded ? "ot=th:c" : null, heard.TraceState);
            kept += heard.Recorded ? 1 : 0;
        }

        var traces = (await entry.SpansAsync(3 * kept)).GroupBy(span => span.TraceId).ToList();
        // Six standard deviations, sqrt(400 * 0.25 * 0.75): one run in five hundred million is out of it.
        Assert.InRange(kept, 48, 152);
        Assert.Equal(kept, traces.Count);
        Assert.All(traces, trace => Assert.Equal(3, trace.DistinctBy(span => span.SpanId).Count()));
        Assert.All(traces.SelectMany(trace => trace), span => Assert.Equal(4d, span.GetTagItem(SamplingAttributes.AdjustedCount)));
    }

    [Fact]
    public async Task A_status_can_make_a_key_node_and_keeps_what_was_decided_against()
    {
        await using var service = await TestService.StartAsync(
            map: app => app.MapGet("/lines/{sku}", (string sku) => sku == "none" ? Results.Conflict() : Results.Ok()),
            settings: [
                ("Shop:TraceSampling:Probability", "0"), ("Shop:TraceSampling:TargetPerSecond", "0"),
                ("Shop:CriticalRoutes:Rules:refusal:Route", "^/lines/"), ("Shop:CriticalRoutes:Rules:refusal:Status", "^409$"),
            ]);

        await service.Client.GetAsync("/lines/mug-01");
        await service.Client.GetAsync("/lines/none");

        var span = Assert.Single(await service.SpansAsync(1));
        Assert.Equal(("refusal", "critical_route", 409), (span.GetTagItem("shop.critical_route"), span.GetTagItem(SamplingAttributes.Reason), span.GetTagItem("http.response.status_code")));
    }

    private async Task<HeardRequest> AskFrontAsync(string way, string flags)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, way)
        {
            Headers = { { "traceparent", $"00-{TraceId}-{SpanId}-{flags}" }, { "tracestate", "ot=th:8,congo=t61rcWkgMzE" }, { "baggage", Journey + ",stranger=1" } },
        };
        using var response = await _front!.Client.SendAsync(request);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<HeardRequest>())!;
    }

    private static Task<HeardRequest?> AskAsync(IHttpClientFactory clients) => clients.CreateClient("behind").GetFromJsonAsync<HeardRequest>("/heard");

    private static async Task<HeardRequest> CallAsync(CatalogClient catalog)
    {
        using var call = catalog.GetProductsAsync(new GetProductsRequest());
        await call;
        return HearingCatalog.Last!;
    }

    private sealed class HearingCatalog : CatalogBase
    {
        public static HeardRequest? Last { get; private set; }

        public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
        {
            Last = TestService.Heard(context.GetHttpContext());
            return Task.FromResult(new GetProductsResponse());
        }
    }
}
