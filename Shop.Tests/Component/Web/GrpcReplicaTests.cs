using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Shop.Contracts.Catalog.V1;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using CatalogBase = Shop.Contracts.Catalog.V1.Catalog.CatalogBase;
using CatalogClient = Shop.Contracts.Catalog.V1.Catalog.CatalogClient;

namespace Shop.Tests.Component.Web;

/// <summary>Two replicas behind a proxy that chooses one for each connection, as a virtual address does.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class GrpcReplicaTests
{
    // At the same time: MaxStreamsPerConnection of Kestrel.
    private const int ConnectionCalls = 100;

    // Less than the 10 seconds after which the resilience handler ends an attempt.
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task Calls_of_one_process_reach_every_replica_behind_a_proxy_also_one_that_starts_later()
    {
        await using var first = await StartReplicaAsync();
        using var proxy = new ConnectionProxy(first.GetAddress("grpc"));
        await using var client = TestService.Build(
            builder => builder.Services.AddServiceGrpcClient<CatalogClient>("catalog"),
            settings: [("services:catalog:grpc:0", proxy.Address.ToString())]);
        using var scope = client.Services.CreateScope();
        var catalog = scope.ServiceProvider.GetRequiredService<CatalogClient>();
        await catalog.GetProductsAsync(new GetProductsRequest());

        await using var second = await StartReplicaAsync();
        proxy.Add(second.GetAddress("grpc"));
        foreach (var replica in (TestService[])[second, first])
        {
            var before = Calls(replica);
            await Eventually.ReadAsync(
                async () =>
                {
                    // Calls never fail while connections are replaced.
                    await catalog.GetProductsAsync(new GetProductsRequest());
                    return Calls(replica);
                },
                calls => calls > before);
        }
    }

    [Fact]
    public async Task Calls_reach_another_replica_when_the_one_of_the_connection_hangs()
    {
        await using var hanging = await StartReplicaAsync();
        await using var other = await StartReplicaAsync();
        using var proxy = new ConnectionProxy(hanging.GetAddress("grpc"));
        await using var client = TestService.Build(
            builder => builder.Services.AddServiceGrpcClient<CatalogClient>("catalog"),
            settings: [("services:catalog:grpc:0", proxy.Address.ToString())]);
        using var scope = client.Services.CreateScope();
        var catalog = scope.ServiceProvider.GetRequiredService<CatalogClient>();
        await catalog.GetProductsAsync(new GetProductsRequest());

        proxy.HangAndReplace(other.GetAddress("grpc"));
        await Task.WhenAll(Enumerable.Range(0, ConnectionCalls).Select(async _ =>
            await catalog.GetProductsAsync(new GetProductsRequest(), deadline: DateTime.UtcNow + _deadline)));

        Assert.Equal((1, ConnectionCalls), (Calls(hanging), Calls(other)));
    }

    private static int Calls(TestService replica) => replica.Services.GetRequiredService<CallCounter>().Calls;

    private static Task<TestService> StartReplicaAsync() => TestService.Build(
        builder =>
        {
            builder.Services.AddGrpc();
            builder.Services.AddSingleton<CallCounter>();
        },
        app => app.MapGrpcService<CountingCatalog>()).StartAsync();

    private sealed class CallCounter
    {
        public int Calls;
    }

    private sealed class CountingCatalog(CallCounter counter) : CatalogBase
    {
        public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
        {
            Interlocked.Increment(ref counter.Calls);
            return Task.FromResult(new GetProductsResponse());
        }
    }

    private sealed class ConnectionProxy : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly ConcurrentQueue<Uri> _replicas = new();
        private readonly CancellationTokenSource _stopped = new();
        private volatile int _accepted;
        private volatile int _firstForwarded;

        public ConnectionProxy(Uri replica)
        {
            _replicas.Enqueue(replica);
            _listener.Start();
            _ = AcceptAsync();
        }

        public Uri Address => new($"http://{_listener.LocalEndpoint}");

        public void Add(Uri replica) => _replicas.Enqueue(replica);

        /// <summary>Forwards nothing more on the open connections, which stay open. Further ones lead to another replica.</summary>
        public void HangAndReplace(Uri replica)
        {
            _replicas.Clear();
            Add(replica);
            _firstForwarded = _accepted;
        }

        public void Dispose()
        {
            _stopped.Cancel();
            _listener.Dispose();
            _stopped.Dispose();
        }

        private async Task AcceptAsync()
        {
            while (!_stopped.IsCancellationRequested)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopped.Token);
                _replicas.TryDequeue(out var replica);
                _replicas.Enqueue(replica!);
                _ = ForwardAsync(client, replica!, _accepted++);
            }
        }

        private async Task ForwardAsync(TcpClient client, Uri replica, int number)
        {
            using var server = new TcpClient();
            using (client)
            {
                await server.ConnectAsync(replica.Host, replica.Port, _stopped.Token);
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), server.GetStream(), number),
                    CopyAsync(server.GetStream(), client.GetStream(), number));
            }
        }

        private async Task CopyAsync(NetworkStream from, NetworkStream to, int number)
        {
            var buffer = new byte[4096];
            while (await from.ReadAsync(buffer, _stopped.Token) is > 0 and var length)
            {
                if (number >= _firstForwarded)
                {
                    await to.WriteAsync(buffer.AsMemory(0, length), _stopped.Token);
                }
            }
        }
    }
}
