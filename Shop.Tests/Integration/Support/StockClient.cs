using Aspire.Hosting.Testing;
using Grpc.Core;
using Grpc.Net.Client;
using Shop.Contracts.Catalog.V1;
using Shop.Telemetry.Propagation;
using CatalogClient = Shop.Contracts.Catalog.V1.Catalog.CatalogClient;
using CommitOutcome = Shop.Contracts.Catalog.V1.CommitStockResponse.Types.Outcome;
using ReleaseOutcome = Shop.Contracts.Catalog.V1.ReleaseStockResponse.Types.Outcome;
using ReserveOutcome = Shop.Contracts.Catalog.V1.ReserveStockResponse.Types.Outcome;

namespace Shop.Tests.Integration.Support;

/// <summary>Reserves, commits and releases the stock of one order over gRPC, as Orders does.</summary>
internal sealed class StockClient(ShopApp shop)
{
    private readonly Database _db = new(shop, "catalogdb");

    public GrpcChannel Channel => field ??= GrpcChannel.ForAddress(
        shop.App.GetEndpoint("catalog", "grpc"),
        new() { HttpHandler = new ServiceKeyHandler(shop) { InnerHandler = new SocketsHttpHandler() } });

    public CatalogClient Client => field ??= new(Channel);

    public Guid OrderId { get; } = Guid.NewGuid();

    public async Task<ReserveOutcome> ReserveAsync(params (string Sku, int Quantity)[] lines)
    {
        var request = new ReserveStockRequest { OrderId = OrderId.ToString() };
        request.Lines.Add(lines.Select(line => new ReservationLine { Sku = line.Sku, Quantity = line.Quantity }));
        return (await Client.ReserveStockAsync(request)).Outcome;
    }

    public async Task<CommitOutcome> CommitAsync() =>
        (await Client.CommitStockAsync(new CommitStockRequest { OrderId = OrderId.ToString() })).Outcome;

    /// <summary>Commits as Orders does: again, while another transaction holds the rows.</summary>
    public async Task<CommitOutcome> CommitWhenUnlockedAsync() =>
        (await Eventually.ReadAsync(
            async () =>
            {
                try
                {
                    return await CommitAsync();
                }
                catch (RpcException exception) when (exception.StatusCode is StatusCode.Aborted)
                {
                    return (CommitOutcome?)null;
                }
            },
            outcome => outcome is not null))!.Value;

    public async Task<ReleaseOutcome> ReleaseAsync() =>
        (await Client.ReleaseStockAsync(new ReleaseStockRequest { OrderId = OrderId.ToString(), Reason = "test" })).Outcome;

    /// <summary>Moves the expiry of the order's reservation into the past, and waits until the stock has been released.</summary>
    public async Task ExpireAsync()
    {
        Assert.Equal(1, await _db.RunAsync(
            "update reservations set expires_at = now() - interval '1 second' where order_id = $1", OrderId));
        await Eventually.ReadAsync(StateAsync, state => state == "Expired");
    }

    public Task<string> StateAsync() => _db.ReadAsync<string>("select state from reservations where order_id = $1", OrderId);

    private sealed class ServiceKeyHandler(ShopApp shop) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add(ServiceKey.HeaderName, await shop.ServiceKeyAsync());
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
