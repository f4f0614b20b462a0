using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Cart.Carts;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Messages;
using CatalogClient = Shop.Contracts.Catalog.V1.Catalog.CatalogClient;
using Money = Shop.Contracts.Money;

namespace Shop.Tests.Unit.Cart;

public sealed class ProductLookupTests : IDisposable
{
    private static readonly string[] _skus = ["MUG"];
    private static readonly CartLine[] _lines = [new("MUG", 2)];

    private readonly FakeTimeProvider _time = new();
    private readonly FakeCatalog _catalog = new();
    private readonly CartOptions _options = new();
    private readonly ProductCache _known;
    private readonly ProductLookup _products;

    public ProductLookupTests()
    {
        _known = new ProductCache(Options.Create(_options), _time);
        _products = new ProductLookup(_catalog, _known, Options.Create(_options), _time, NullLogger<ProductLookup>.Instance);
    }

    public void Dispose() => _known.Dispose();

    [Theory]
    [InlineData(1, 3)]
    [InlineData(5, 5)]
    public async Task Checkout_waits_for_prices_for_at_least_3_seconds(int pageTimeout, int checkoutTimeout)
    {
        _options.PriceTimeout = TimeSpan.FromSeconds(pageTimeout);

        await _products.FindAsync(_lines, default);
        await _products.ReadForCheckoutAsync(_skus, default);

        Assert.Equal(
            [pageTimeout, checkoutTimeout],
            _catalog.Deadlines.Select(deadline => (deadline - _time.GetUtcNow().UtcDateTime).TotalSeconds));
    }

    [Fact]
    public async Task Catalog_is_asked_for_a_product_once_and_for_the_others_of_a_cart()
    {
        _catalog.Set("MUG", 1500, available: 10);
        _catalog.Set("HAT", 999, available: 10);
        await FindAsync(new CartLine("MUG", 1));

        var found = await FindAsync(new CartLine("MUG", 1), new CartLine("HAT", 1));

        Assert.Equal(["MUG", "HAT"], _catalog.Requests);
        Assert.Equal((1500, 999), (found!["MUG"].Price.Amount, found["HAT"].Price.Amount));
    }

    [Fact]
    public async Task Price_whose_message_was_lost_is_shown_within_the_limit()
    {
        _catalog.Set("MUG", 1500, available: 10);
        await _products.FindAsync(_lines, default);
        _catalog.Set("MUG", 1600, available: 10, version: 2);

        Assert.Equal(1500, await PriceAsync());
        _time.Advance(_options.MaxProductAge);
        Assert.Equal(1600, await PriceAsync());
    }

    [Fact]
    public async Task Checkout_and_read_ask_the_catalog_also_for_products_that_are_known()
    {
        _catalog.Set("MUG", 1500, available: 10);
        await _products.FindAsync(_lines, default);
        _catalog.Set("MUG", 1600, available: 10, version: 2);

        Assert.Equal(1600, (await _products.ReadForCheckoutAsync(_skus, default))!["MUG"].Price.Amount);
        Assert.Equal(1600, await PriceAsync()); // The cart shows what the checkout was told.
        _catalog.Set("MUG", 1700, available: 10, version: 3);
        Assert.Equal(1700, (await _products.ReadAsync(_skus, default))!["MUG"].Price.Amount);
    }

    [Fact]
    public async Task Checkout_is_not_told_the_price_of_a_message_but_that_of_the_catalog()
    {
        _catalog.Set("MUG", 1500, available: 10);
        _known.Update(new ProductChanged("MUG", "Mug", new Money(1, "EUR"), 9));

        Assert.Equal(1500, (await _products.ReadForCheckoutAsync(_skus, default))!["MUG"].Price.Amount);
    }

    [Fact]
    public async Task Missing_units_are_shown_only_after_the_catalog_was_asked_again()
    {
        _catalog.Set("MUG", 1500, available: 1);
        Assert.Equal(1, (await _products.FindAsync(_lines, default))!["MUG"].Available);
        _catalog.Set("MUG", 1500, available: 50);

        Assert.Equal(50, (await _products.FindAsync(_lines, default))!["MUG"].Available);
    }

    [Fact]
    public async Task Known_product_has_its_price_while_the_catalog_is_down_until_it_is_too_old()
    {
        _catalog.Set("MUG", 1500, available: 10);
        await _products.FindAsync(_lines, default);
        _catalog.IsUnavailable = true;

        Assert.Equal(1500, await PriceAsync());
        Assert.Equal(1500, (await FindAsync(new CartLine("MUG", 11)))!["MUG"].Price.Amount); // More than there are.
        Assert.Null(await FindAsync(new CartLine("MUG", 1), new CartLine("HAT", 1))); // All prices of a cart are known, or none is shown.
        Assert.Null(await _products.ReadForCheckoutAsync(_skus, default));
        _time.Advance(_options.MaxProductAge);
        Assert.Null(await _products.FindAsync(_lines, default));
    }

    [Fact]
    public async Task Product_that_does_not_exist_is_not_remembered_and_found_as_soon_as_it_is_created()
    {
        Assert.Empty((await _products.FindAsync(_lines, default))!);
        Assert.Equal(0, _known.Count);

        _catalog.Set("MUG", 1500, available: 10);
        Assert.Equal(1500, await PriceAsync());
    }

    [Fact]
    public async Task Limit_of_0_asks_the_catalog_each_time()
    {
        _options.MaxProductAge = TimeSpan.Zero;
        _catalog.Set("MUG", 1500, available: 10);

        await _products.FindAsync(_lines, default);
        await _products.FindAsync(_lines, default);

        Assert.Equal(2, _catalog.Requests.Count);
    }

    private Task<IReadOnlyDictionary<string, CartProduct>?> FindAsync(params CartLine[] lines) => _products.FindAsync(lines, default);

    private async Task<long?> PriceAsync() => (await _products.FindAsync(_lines, default))?["MUG"].Price.Amount;

    private sealed class FakeCatalog : CatalogClient
    {
        private readonly Dictionary<string, Product> _products = [];

        public bool IsUnavailable { get; set; }

        public List<DateTime> Deadlines { get; } = [];

        /// <summary>The SKUs of each request.</summary>
        public List<string> Requests { get; } = [];

        public void Set(string sku, long price, int available, int version = 1) => _products[sku] = new Product
        {
            Sku = sku,
            Name = sku,
            Price = new() { Amount = price, Currency = "EUR" },
            Available = available,
            Version = version,
        };

        public override AsyncUnaryCall<GetProductsResponse> GetProductsAsync(
            GetProductsRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default)
        {
            Deadlines.Add(deadline!.Value);
            Requests.Add(string.Join(' ', request.Skus));
            var response = IsUnavailable
                ? Task.FromException<GetProductsResponse>(new RpcException(new Status(StatusCode.Unavailable, "down")))
                : Task.FromResult(new GetProductsResponse
                {
                    Products = { request.Skus.Where(_products.ContainsKey).Select(sku => _products[sku]) },
                });
            return new(response, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        }
    }
}
