using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Shop.Contracts.Catalog.V1;
using Shop.Telemetry.Sampling;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using CatalogBase = Shop.Contracts.Catalog.V1.Catalog.CatalogBase;
using CatalogClient = Shop.Contracts.Catalog.V1.Catalog.CatalogClient;

namespace Shop.Tests.Component.Telemetry.Sampling;

/// <summary>A request through three services, by HTTP and gRPC, as that of a click which adds a product to the cart.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class WholeTraceTests
{
    private const int Requests = 2000;

    // Request, event of the browser and call in the first service, request and call in the second one, and the request of the third one.
    private const int Spans = 6;

    /// <summary>The decisions of the services about each trace.</summary>
    private static readonly ConcurrentDictionary<string, ConcurrentDictionary<string, Decision>> _decisions = new();

    [Theory]
    [InlineData("0.01", "0")]
    [InlineData("1", "20")]
    public async Task Trace_of_a_click_is_sampled_by_all_services_or_by_none(string probability, string targetPerSecond)
    {
        _decisions.Clear();
        (string, string?)[] sampling =
            [("Shop:TraceSampling:Probability", probability), ("Shop:TraceSampling:TargetPerSecond", targetPerSecond)];
        await using var catalog = await TestService.Build(
            builder => builder.Services.AddGrpc(), app => app.MapGrpcService<RecordingCatalog>(), settings: sampling).StartAsync();
        await using var cart = await TestService.Build(
            builder => builder.Services.AddServiceGrpcClient<CatalogClient>("catalog"),
            app => app.MapPost("/lines", async (CatalogClient catalog) =>
            {
                Record("cart");
                await catalog.GetProductsAsync(new GetProductsRequest());
            }),
            settings: [.. sampling, ("services:catalog:grpc:0", catalog.GetAddress("grpc").ToString())]).StartAsync();
        using var source = new ActivitySource(TestService.Name);
        await using var storefront = await TestService.Build(
            builder => builder.Services.AddServiceHttpClient<CartClient>("cart"),
            app => app.MapPost("/cart/add", async (CartClient cart, HttpContext context) =>
            {
                Record("storefront");
                context.Features.GetRequiredFeature<IHttpActivityFeature>().Activity.AddLink(new(CreatePage()));
                source.StartActivity("browser events")?.Dispose();
                using var response = await cart.Http.PostAsync(new Uri("/lines", UriKind.Relative), content: null);
                response.EnsureSuccessStatusCode();
            }),
            settings: [.. sampling, ("services:cart:http:0", cart.GetAddress("http").ToString())]).StartAsync();

        await Concurrently.ForEachAsync(Enumerable.Range(0, Requests), async _ =>
        {
            using var response = await storefront.Client.PostAsync(new Uri("/cart/add", UriKind.Relative), content: null);
            response.EnsureSuccessStatusCode();
        });

        Assert.Equal(Requests, _decisions.Count);
        Assert.All(_decisions.Values, services =>
        {
            Assert.Equal(["cart", "catalog", "storefront"], services.Keys.Order());
            var decision = Assert.Single(services.Values.Distinct());
            Assert.Equal(decision.Recorded, decision.TraceState?.StartsWith("ot=th:", StringComparison.Ordinal) == true);
        });
        var sampled = _decisions.Where(trace => trace.Value["cart"].Recorded).Select(trace => trace.Key).Order().ToList();
        // In the first case, 20 plus or minus six standard deviations, sqrt(2000 * 0.01 * 0.99).
        Assert.InRange(sampled.Count, 1, targetPerSecond == "0" ? 47 : Requests);

        // Each service exports the spans of the whole process. A request that was slow is exported in part, and counts for nothing.
        var traces = await Eventually.ReadAsync(
            () => Task.FromResult(ReadHeadSampledTraces(storefront)),
            traces => traces.Count == sampled.Count && traces.All(trace => trace.Count() >= Spans));
        Assert.Equal(sampled, traces.Select(trace => trace.Key).Order());
        Assert.All(traces, trace => Assert.Equal(Spans, trace.Count()));
    }

    private static List<IGrouping<string, Activity>> ReadHeadSampledTraces(TestService service) =>
    [
        .. service.Spans.Spans.DistinctBy(span => span.SpanId)
            .Where(span => Convert.ToDouble(span.GetTagItem(SamplingAttributes.AdjustedCount), CultureInfo.InvariantCulture) > 0)
            .GroupBy(span => span.TraceId.ToHexString()),
    ];

    // The page with the click has a trace of its own, with another decision.
    private static ActivityContext CreatePage() => new(
        ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, "ot=th:0", isRemote: true);

    private static void Record(string service)
    {
        var span = Activity.Current!;
        _decisions.GetOrAdd(span.TraceId.ToHexString(), _ => new())[service] = new(span.Recorded, span.TraceStateString);
    }

    private sealed class RecordingCatalog : CatalogBase
    {
        public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
        {
            Record("catalog");
            return Task.FromResult(new GetProductsResponse());
        }
    }

    private sealed record CartClient(HttpClient Http);

    private sealed record Decision(bool Recorded, string? TraceState);
}
