using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

[Collection(WholeApplication.Name)]
public sealed class CheckoutTests(ShopApp shop)
{
    [Fact]
    public async Task A_checkout_ends_confirmed_with_less_in_stock_and_an_empty_cart()
    {
        var visitor = new Visitor(shop);
        var sku = await shop.AnyProductAsync();
        var before = await visitor.AvailableAsync(sku);

        await visitor.PutAsync(sku, quantity: 2);
        var order = await visitor.CheckOutAsync();

        Assert.Equal(("Confirmed", null), await visitor.WaitForOutcomeAsync(order));
        Assert.Equal(before - 2, await visitor.AvailableAsync(sku));
        await Eventually.ReadAsync(visitor.LinesInCartAsync, lines => lines == 0);
    }

    [Fact]
    public async Task A_declined_card_ends_rejected_with_its_reason_and_the_stock_given_back()
    {
        var visitor = new Visitor(shop);
        var sku = await shop.AnyProductAsync();
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
