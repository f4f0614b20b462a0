using Grpc.Core;
using Shop.Contracts.Catalog.V1;

namespace Shop.Cart.Carts;

/// <summary>
/// Calls Catalog once before the service accepts requests. The first call of a process takes many times as long as the others, in both
/// services: code is compiled, connections are opened. It would exceed <see cref="CartOptions.PriceTimeout"/> on a small machine, and the
/// first cart would have no prices.
/// </summary>
internal sealed class CatalogWarmUp(Catalog.CatalogClient catalog, TimeProvider time) : IHostedService
{
    // While Catalog is unavailable, carts can be changed without prices, so the service does not wait for it any longer.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(5);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await catalog.GetProductsAsync(
                new GetProductsRequest(), deadline: time.GetUtcNow().UtcDateTime + _timeout, cancellationToken: cancellationToken);
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
