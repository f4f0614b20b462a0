using Grpc.Core;
using Shop.Cart.Carts;
using Shop.Contracts.Catalog.V1;
using CatalogClient = Shop.Contracts.Catalog.V1.Catalog.CatalogClient;

namespace Shop.Tests.Unit.Cart;

public class CatalogWarmUpTests
{
    [Fact]
    public async Task Catalog_is_called_once_before_the_cart_accepts_requests()
    {
        var catalog = new RecordingCatalog(Task.FromResult(new GetProductsResponse()));
        await new CatalogWarmUp(catalog, TimeProvider.System).StartAsync(CancellationToken.None);
        Assert.Equal([0], catalog.NumbersOfSkus);
    }

    [Fact]
    public async Task Cart_starts_without_the_catalog()
    {
        var catalog = new RecordingCatalog(
            Task.FromException<GetProductsResponse>(new RpcException(new Status(StatusCode.Unavailable, "down"))));
        await new CatalogWarmUp(catalog, TimeProvider.System).StartAsync(CancellationToken.None);
        Assert.Equal([0], catalog.NumbersOfSkus);
    }

    private sealed class RecordingCatalog(Task<GetProductsResponse> response) : CatalogClient
    {
        public List<int> NumbersOfSkus { get; } = [];

        public override AsyncUnaryCall<GetProductsResponse> GetProductsAsync(
            GetProductsRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default)
        {
            Assert.NotNull(deadline);
            NumbersOfSkus.Add(request.Skus.Count);
            return new(response, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        }
    }
}
