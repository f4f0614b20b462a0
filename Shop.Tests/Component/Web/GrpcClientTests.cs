using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Shop.Contracts.Catalog.V1;
using Shop.Tests.Support;
using CatalogBase = Shop.Contracts.Catalog.V1.Catalog.CatalogBase;
using CatalogClient = Shop.Contracts.Catalog.V1.Catalog.CatalogClient;

namespace Shop.Tests.Component.Web;

/// <summary>How gRPC clients of other services repeat and end their calls.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class GrpcClientTests : IAsyncLifetime
{
    private TestService? _service;
    private TestService? _caller;

    private Requests Received => _service!.Services.GetRequiredService<Requests>();

    public async Task InitializeAsync()
    {
        _service = await TestService.Build(
            builder =>
            {
                builder.Services.AddGrpc();
                builder.Services.AddSingleton<Requests>();
            },
            app => app.MapGrpcService<FailingCatalog>()).StartAsync();
        _caller = TestService.Build(
            builder => builder.Services.AddServiceGrpcClient<CatalogClient>("catalog"),
            settings: [("services:catalog:grpc:0", _service.GetAddress("grpc").ToString())]);
    }

    public async Task DisposeAsync()
    {
        await _caller!.DisposeAsync();
        await _service!.DisposeAsync();
    }

    [Fact]
    public async Task Call_is_repeated_while_the_service_is_unavailable()
    {
        Received.Failures = 3;

        await CallAsync();

        Assert.Equal(4, Received.Count);
    }

    [Fact]
    public async Task Service_that_is_unavailable_for_long_gets_each_call_once_and_answers_the_first_one_after_that()
    {
        const int Calls = 50;
        Received.Failures = int.MaxValue;
        await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => FailAsync()));
        Assert.Equal(4 * Calls, Received.Count);

        for (var call = 0; call < Calls; call++)
        {
            await FailAsync();
        }

        Assert.Equal(5 * Calls, Received.Count);

        Received.Failures = 0;
        await CallAsync();

        async Task FailAsync() =>
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(CallAsync)).StatusCode);
    }

    [Fact]
    public void Calls_do_not_run_through_the_handler_of_other_http_clients()
    {
        Assert.Contains("ResilienceHandler", HandlersOf("any other"));
        Assert.DoesNotContain("ResilienceHandler", HandlersOf(nameof(CatalogClient)));
    }

    private List<string> HandlersOf(string client)
    {
        var handlers = new List<string>();
        for (var handler = _caller!.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(client);
            handler is DelegatingHandler { InnerHandler: { } inner };
            handler = inner)
        {
            handlers.Add(handler.GetType().Name);
        }

        return handlers;
    }

    private async Task CallAsync()
    {
        using var scope = _caller!.Services.CreateScope();
        await scope.ServiceProvider.GetRequiredService<CatalogClient>()
            .GetProductsAsync(new GetProductsRequest(), deadline: DateTime.UtcNow.AddMinutes(1));
    }

    private sealed class Requests
    {
        public int Count;

        /// <summary>How many requests fail before one succeeds.</summary>
        public int Failures { get; set; }
    }

    private sealed class FailingCatalog(Requests requests) : CatalogBase
    {
        public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context) =>
            Interlocked.Increment(ref requests.Count) <= requests.Failures
                ? throw new RpcException(new Status(StatusCode.Unavailable, "away"))
                : Task.FromResult(new GetProductsResponse());
    }
}
