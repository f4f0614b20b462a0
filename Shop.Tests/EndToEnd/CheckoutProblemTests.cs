using System.Net;
using Shop.Tests.EndToEnd.Support;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.EndToEnd;

/// <summary>What can go wrong with an order is told in words, and leads on.</summary>
[Collection(EndToEndApplication.Name)]
public sealed class CheckoutProblemTests(ShopApp shop, Chromium chromium) : BrowserTests(shop, chromium)
{
    [Fact]
    public async Task Declined_card_is_told_and_another_card_pays()
    {
        var (_, tab) = await OpenCheckoutAsync("tok_declined");

        await tab.ClickAsync("#place-order");
        var declined = await tab.SeeOrderAsync("Rejected");
        await tab.SeeAsync(".lead", "Your bank declined the card.");
        await tab.ClickAsync("a[data-shop-action=try-again]");
        await tab.FillCheckoutAsync();
        await tab.ClickAsync("#place-order");

        Assert.NotEqual(declined, await tab.SeeOrderAsync("Confirmed"));
    }

    [Fact]
    public async Task Product_that_was_sold_out_meanwhile_is_told_and_can_be_removed()
    {
        var (sku, tab) = await OpenCheckoutAsync();
        using (var adjusted = await Admin.AdjustAsync(sku, -5, Guid.NewGuid().ToString("n")))
        {
            Assert.True(adjusted.IsSuccessStatusCode);
        }

        await tab.ClickAsync("#place-order");
        await tab.SeeAsync(".notice-title", "Something in your cart cannot be bought any more");
        await tab.ClickAsync("main a[href='/cart']");
        await tab.SeeAsync($"#problem-{sku}", "Sold out. Please remove it to order the rest.");
        await tab.ClickAsync("button[value=remove]");

        await tab.SeeAsync("main", "There is nothing in your cart yet.");
    }

    [Fact]
    public async Task Changed_price_is_shown_and_ordered_after_the_visitor_agreed()
    {
        var (sku, tab) = await OpenCheckoutAsync();
        var (etag, _) = await Admin.ReadAsync(sku);
        using (var updated = await Admin.UpdateAsync(sku, etag, price: 1999))
        {
            Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        }

        await tab.ClickAsync("#place-order");
        await tab.SeeAsync(".notice-title", "The price has changed");
        await tab.SeeAsync("#checkout-total", "€19.99");
        Assert.Equal("Ada Example", await tab.Page.InputValueAsync("#name"));
        await tab.ClickAsync("#place-order");

        await tab.SeeOrderAsync("Confirmed");
        await tab.SeeAsync("#order-total", "€19.99");
    }

    [Fact]
    public async Task Cart_that_was_emptied_in_another_tab_orders_nothing()
    {
        var (_, tab) = await OpenCheckoutAsync();
        var other = await OpenTabAsync(tab);
        await other.OpenAsync("/cart");
        await other.ClickAsync("button[value=remove]");
        await other.SeeAsync("main", "There is nothing in your cart yet.");

        await tab.ClickAsync("#place-order");

        await tab.SeeAsync(".notice-title", "Your cart is empty");
        await tab.ClickAsync("main a[href='/products']");
        await tab.SeeAsync("h1", "All products");
    }

    private async Task<(string Sku, Tab Tab)> OpenCheckoutAsync(string card = "tok_ok")
    {
        var sku = await Admin.AddAsync(onHand: 5);
        var tab = await OpenTabAsync();
        await tab.AddToCartAsync(sku);
        await tab.OpenAsync("/checkout");
        await tab.FillCheckoutAsync(card);
        return (sku, tab);
    }
}
