using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Shop.Contracts.Catalog.V1;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using CatalogBase = Shop.Contracts.Catalog.V1.Catalog.CatalogBase;
using CatalogClient = Shop.Contracts.Catalog.V1.Catalog.CatalogClient;

namespace Shop.Tests.Component.Telemetry.Sampling;

/// <summary>Services that get so many requests that the share of those that are sampled or buffered is next to nothing.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class BusyServiceTests
{
    private static readonly (string Name, string? Value)[] _busy =
    [
        ("Shop:TraceSampling:Probability", "0"),
        ("Shop:TraceSampling:TargetPerSecond", "0"),
        ("Shop:TraceSampling:Tail:BufferedTracesPerSecond", "0"),
        ("Shop:TraceSampling:Tail:LatencyThreshold", "01:00:00"),
    ];

    [Fact]
    public async Task Call_below_a_request_that_is_not_recorded_carries_its_trace_and_journey_and_records_nothing()
    {
        var ended = new EndedSpans();
        var received = new ConcurrentQueue<(Activity Request, string? RequestId)>();
        await using var catalog = await TestService.Build(
            builder =>
            {
                builder.Services.AddGrpc();
                builder.Services.AddSingleton(received);
            },
            app => app.MapGrpcService<RecordingCatalog>(),
            settings: _busy).StartAsync();
        var sent = new ConcurrentQueue<(Activity Request, string? RequestId)>();
        await using var cart = await TestService.Build(
            builder =>
            {
                builder.Services.AddServiceGrpcClient<CatalogClient>("catalog");
                builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddProcessor(ended));
            },
            app => app.MapGet("/lines", async (CatalogClient client) =>
            {
                sent.Enqueue((Activity.Current!, JourneyContext.Current.RequestId));
                await client.GetProductsAsync(new GetProductsRequest());
            }),
            settings: [.. _busy, ("services:catalog:grpc:0", catalog.GetAddress("grpc").ToString())]).StartAsync();

        (await cart.Client.GetAsync("/lines")).EnsureSuccessStatusCode().Dispose();

        var (request, requestId) = Assert.Single(sent);
        var (call, receivedRequestId) = Assert.Single(received);
        Assert.Equal((request.TraceId, false, false), (call.TraceId, call.IsAllDataRequested, call.Recorded));
        Assert.NotNull(requestId);
        Assert.Equal(requestId, receivedRequestId);
        Assert.Empty(ended.Names);
        Assert.Empty(cart.Spans.Spans);
    }

    [Fact]
    public async Task Failed_grpc_call_is_an_exemplar_of_its_duration()
    {
        var metrics = new List<Metric>();
        await using var catalog = await TestService.Build(
            builder =>
            {
                builder.Services.AddGrpc();
                builder.Services.AddOpenTelemetry().WithMetrics(builder => builder.AddInMemoryExporter(metrics));
            },
            app => app.MapGrpcService<FailingCatalog>(),
            settings: _busy).StartAsync();
        using var channel = GrpcChannel.ForAddress(catalog.GetAddress("grpc"));

        await Assert.ThrowsAsync<RpcException>(
            async () => await new CatalogClient(channel).GetProductsAsync(new GetProductsRequest()));

        // The spans of the client, which is in the same process, are those of its own trace.
        var span = Assert.Single(await Eventually.ReadAsync(
            () => Task.FromResult(catalog.Spans.Spans.Where(span => span.Kind == ActivityKind.Server).ToList()), spans => spans.Count > 0));
        Assert.Equal(
            ("error", "INTERNAL", ActivityStatusCode.Error),
            (span.GetTagItem(SamplingAttributes.Reason), span.GetTagItem("rpc.response.status_code"), span.Status));
        catalog.Services.GetRequiredService<MeterProvider>().ForceFlush();
        Assert.Contains(span.SpanId, metrics.ReadExemplars("rpc.server.call.duration"));
    }

    private sealed class FailingCatalog : CatalogBase
    {
        public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context) =>
            throw new RpcException(new Grpc.Core.Status(Grpc.Core.StatusCode.Internal, "expected"));
    }

    private sealed class RecordingCatalog(ConcurrentQueue<(Activity Request, string? RequestId)> received) : CatalogBase
    {
        public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
        {
            received.Enqueue((Activity.Current!, JourneyContext.Current.RequestId));
            return Task.FromResult(new GetProductsResponse());
        }
    }

    private sealed class EndedSpans : BaseProcessor<Activity>
    {
        public ConcurrentQueue<string> Names { get; } = [];

        public override void OnEnd(Activity data) => Names.Enqueue(data.OperationName);
    }
}
