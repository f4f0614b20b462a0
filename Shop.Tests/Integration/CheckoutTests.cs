using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

[Collection(WholeApplication.Name)]
public sealed class CheckoutTests(ShopApp shop)
{
    [Fact]
    public async Task Order_is_confirmed_with_stock_reduced_and_cart_emptied()
    {
        var visitor = new Visitor(shop);
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 5);
        var before = await visitor.AvailableAsync(sku);

        await visitor.PutAsync(sku, quantity: 2);
        var order = await visitor.CheckOutAsync();

        Assert.Equal(("Confirmed", null), await visitor.WaitForOutcomeAsync(order));
        Assert.Equal(before - 2, await visitor.AvailableAsync(sku));
        await Eventually.ReadAsync(visitor.LinesInCartAsync, lines => lines == 0);
    }

    [Fact]
    public async Task Order_is_rejected_and_its_stock_released_when_the_card_is_declined()
    {
        var visitor = new Visitor(shop);
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 5);
        var before = await visitor.AvailableAsync(sku);

        await visitor.PutAsync(sku, quantity: 1);
        var order = await visitor.CheckOutAsync(cardToken: "tok_declined");
        var (status, reason) = await visitor.WaitForOutcomeAsync(order);

        Assert.Equal("Rejected", status);
        Assert.Equal("payment_declined", reason);
        await Eventually.ReadAsync(() => visitor.AvailableAsync(sku), available => available == before);
        Assert.Equal(1, await visitor.LinesInCartAsync());
    }
}
