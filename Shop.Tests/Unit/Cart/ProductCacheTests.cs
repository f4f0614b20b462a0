using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Cart.Carts;
using Shop.Contracts.Messages;
using Shop.Tests.Integration.Support;
using CatalogMoney = Shop.Contracts.Catalog.V1.Money;
using Money = Shop.Contracts.Money;
using Product = Shop.Contracts.Catalog.V1.Product;

namespace Shop.Tests.Unit.Cart;

public sealed class ProductCacheTests : IDisposable
{
    private static readonly TimeSpan _maxAge = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly ProductCache _products;

    public ProductCacheTests() => _products = new ProductCache(Options.Create(new CartOptions { MaxProductAge = _maxAge }), _time);

    public void Dispose() => _products.Dispose();

    [Fact]
    public void Change_of_a_price_is_known_by_its_message_and_the_available_units_stay()
    {
        Respond(version: 1, price: 1500);

        _products.Update(Change(version: 2, price: 1600));

        Assert.Equal(new CartProduct("Mug 2", new Money(1600, "EUR"), 7), _products.Find("MUG"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public void Older_or_repeated_message_changes_nothing(int version)
    {
        Respond(version: 2, price: 1600);

        _products.Update(Change(version, price: 1500));

        Assert.Equal(1600, Price());
    }

    [Fact]
    public void Messages_in_the_wrong_order_leave_the_newest_price()
    {
        Respond(version: 1, price: 1500);

        _products.Update(Change(version: 3, price: 1700));
        _products.Update(Change(version: 2, price: 1600));

        Assert.Equal(1700, Price());
    }

    [Fact]
    public void Response_that_was_sent_before_a_change_does_not_replace_it()
    {
        var requestedAt = _time.GetTimestamp();
        _products.Update(Change(version: 2, price: 1600));

        _products.Update(Product(version: 1, price: 1500), requestedAt);

        Assert.Equal(1600, Price());
    }

    [Fact]
    public void Response_replaces_a_higher_version_that_was_learned_before_as_after_the_restore_of_a_database()
    {
        Respond(version: 9, price: 1600);
        _time.Advance(TimeSpan.FromSeconds(1));

        Respond(version: 3, price: 1500);
        _products.Update(Change(version: 4, price: 1400));

        Assert.Equal(1400, Price());
    }

    [Fact]
    public void Product_is_unknown_again_when_it_is_as_old_as_the_limit_also_after_a_message()
    {
        Respond(version: 1, price: 1500);
        _time.Advance(_maxAge - TimeSpan.FromTicks(1));
        _products.Update(Change(version: 2, price: 1600));
        Assert.Equal(1600, Price());

        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Null(_products.Find("MUG"));
    }

    [Fact]
    public void Product_of_which_only_a_message_is_known_is_not_shown_because_its_available_units_are_unknown()
    {
        _products.Update(Change(version: 2, price: 1600));

        Assert.Null(_products.Find("MUG"));
    }

    [Fact]
    public async Task Memory_is_bounded_and_products_that_were_used_last_are_kept()
    {
        for (var i = 0; i < ProductCache.Capacity; i++)
        {
            Respond($"P-{i}");
        }

        Assert.NotNull(_products.Find("P-0"));

        // The cache makes room in the background.
        await Eventually.ReadAsync(
            () =>
            {
                Respond("LATEST");
                return Task.FromResult(_products.Find("LATEST"));
            },
            product => product is not null);
        Assert.InRange(_products.Count, 1, ProductCache.Capacity);
        Assert.NotNull(_products.Find("P-0"));
        Assert.Null(_products.Find("P-1"));
    }

    private static ProductChanged Change(int version, long price) => new("MUG", $"Mug {version}", new Money(price, "EUR"), version);

    private static Product Product(int version, long price, string sku = "MUG") => new()
    {
        Sku = sku,
        Name = $"Mug {version}",
        Price = new CatalogMoney { Amount = price, Currency = "EUR" },
        Available = 7,
        Version = version,
    };

    private void Respond(int version, long price) => _products.Update(Product(version, price), _time.GetTimestamp());

    private void Respond(string sku) => _products.Update(Product(version: 1, price: 1500, sku), _time.GetTimestamp());

    private long? Price() => _products.Find("MUG")?.Price.Amount;
}
