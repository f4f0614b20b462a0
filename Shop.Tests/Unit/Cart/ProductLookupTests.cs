using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Cart.Carts;
using Shop.Contracts.Catalog.V1;
using CatalogClient = Shop.Contracts.Catalog.V1.Catalog.CatalogClient;

namespace Shop.Tests.Unit.Cart;

public class ProductLookupTests
{
    private static readonly string[] _skus = ["MUG-0101"];

    [Theory]
    [InlineData(1, 3)]
    [InlineData(5, 5)]
    public async Task Checkout_waits_for_prices_for_at_least_3_seconds(int pageTimeout, int checkoutTimeout)
    {
        var (catalog, time) = (new RecordingCatalog(), new FakeTimeProvider());
        var options = Options.Create(new CartOptions { PriceTimeout = TimeSpan.FromSeconds(pageTimeout) });
        var products = new ProductLookup(catalog, options, time, NullLogger<ProductLookup>.Instance);

        await products.FindAsync(_skus, CancellationToken.None);
        await products.FindForCheckoutAsync(_skus, CancellationToken.None);

        Assert.Equal(
            [pageTimeout, checkoutTimeout],
            catalog.Deadlines.Select(deadline => (deadline - time.GetUtcNow().UtcDateTime).TotalSeconds));
    }

    private sealed class RecordingCatalog : CatalogClient
    {
        public List<DateTime> Deadlines { get; } = [];

        public override AsyncUnaryCall<GetProductsResponse> GetProductsAsync(
            GetProductsRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default)
        {
            Deadlines.Add(deadline!.Value);
            var response = Task.FromResult(new GetProductsResponse());
            return new(response, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        }
    }
}
