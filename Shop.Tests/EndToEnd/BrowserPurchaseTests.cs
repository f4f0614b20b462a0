using Microsoft.Playwright;
using Shop.Tests.EndToEnd.Support;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.EndToEnd;

/// <summary>A visitor finds a product and buys it.</summary>
[Collection(EndToEndApplication.Name)]
public sealed class BrowserPurchaseTests(ShopApp shop, Chromium chromium) : BrowserTests(shop, chromium)
{
    private readonly Database _orders = new(shop, "ordersdb");

    public static TheoryData<string, string> Walks => new()
    {
        { "desktop", "item_page:picture_left" },
        { "desktop", "item_page:picture_top" },
        { "desktop", "checkout:one_page" },
        { "desktop", "checkout:two_steps" },
        { "without script", "checkout:one_page" },
        { "without script", "checkout:two_steps" },
        { "phone", "item_page:picture_top" },
        { "phone", "checkout:two_steps" },
    };

    [Theory]
    [MemberData(nameof(Walks))]
    public async Task Guest_searches_for_a_product_buys_it_and_sees_the_order_complete(string device, string variant)
    {
        var word = NewWord();
        var sku = await Admin.AddAsync(onHand: 5, name: $"Lantern {word}", price: 2550);
        var tab = await OpenTabAsync(device switch
        {
            "phone" => Device.Phone,
            "without script" => Device.WithoutScript,
            _ => Device.Desktop,
        });

        await tab.OpenAsync($"/products?variant={variant}");
        await tab.FindProductAsync(word);
        await AssertFitsAsync(tab);
        await tab.ClickAsync("#add-to-cart button");
        await tab.SeeAsync(".notice-title", $"Added to your cart: 1 × Lantern {word}");
        await AssertFitsAsync(tab);
        await tab.ClickAsync(".site-nav a[href='/cart']");
        await tab.SeeAsync("#cart-total", "€25.50");
        await AssertFitsAsync(tab);
        await tab.ClickAsync("main a[href='/checkout']");
        await tab.FillCheckoutAsync();
        await AssertFitsAsync(tab);
        await tab.ClickAsync("#place-order");

        await tab.SeeOrderAsync("Confirmed");
        Assert.Equal("Thank you, your order is complete", await tab.TextAsync("h1"));
        await AssertFitsAsync(tab);
        Assert.Equal(4, (await Admin.StockAsync(sku)).Available);
        await Eventually.ReadAsync(
            async () =>
            {
                await tab.OpenAsync("/cart");
                return await tab.TextAsync("main");
            },
            text => text.Contains("nothing in your cart", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Guest_buys_with_the_keyboard_only()
    {
        var word = NewWord();
        await Admin.AddAsync(onHand: 5, name: $"Lantern {word}");
        var tab = await OpenTabAsync();
        var keyboard = tab.Page.Keyboard;
        await tab.OpenAsync("/products");

        await tab.TabToAsync(".skip-link");
        await tab.TabToAsync("#search");
        await keyboard.TypeAsync(word);
        await keyboard.PressAsync("Enter");
        await tab.SeeAsync("#products", word);
        await tab.TabToAsync(".skip-link");
        await keyboard.PressAsync("Enter");
        await tab.TabToAsync("#products .card a");
        await keyboard.PressAsync("Enter");
        await tab.SeeAsync("h1", word);
        await tab.TabToAsync("#add-to-cart button");
        await keyboard.PressAsync("Enter");
        await tab.SeeAsync(".notice-title", "Added to your cart");
        await tab.TabToAsync("main a[href='/cart']");
        await keyboard.PressAsync("Enter");
        await tab.SeeAsync("h1", "Your cart");
        await tab.TabToAsync("main a[href='/checkout']");
        await keyboard.PressAsync("Enter");
        await tab.SeeAsync("h1", "Checkout");

        // A form that is sent too early comes back, and the focus is on what is wrong.
        await tab.TabToAsync("#place-order");
        await keyboard.PressAsync("Enter");
        await Assertions.Expect(tab.Find("#error-summary")).ToBeFocusedAsync();
        await tab.TabToAsync("#error-summary a[href='#name']");
        await keyboard.PressAsync("Enter");
        await Assertions.Expect(tab.Find("#name")).ToBeFocusedAsync();
        await keyboard.TypeAsync("Ada Example");
        await tab.TabToAsync("#address");
        await keyboard.TypeAsync("1 Analytical Row");
        await tab.TabToAsync("#email");
        await keyboard.TypeAsync("ada@example.org");
        await tab.TabToAsync("#place-order");
        await keyboard.PressAsync("Enter");

        await tab.SeeOrderAsync("Confirmed");
    }

    [Fact]
    public async Task Double_click_on_the_order_button_orders_once()
    {
        var sku = await Admin.AddAsync(onHand: 5);
        var tab = await OpenCheckoutAsync(sku);

        await tab.Page.DblClickAsync("#place-order");

        await tab.SeeOrderAsync("Confirmed");
        Assert.Equal(1, await CountOrdersAsync(sku));
    }

    [Fact]
    public async Task Form_that_is_sent_again_after_the_back_button_does_not_order_again()
    {
        var sku = await Admin.AddAsync(onHand: 5);
        var tab = await OpenCheckoutAsync(sku, "tok_abandoned");
        await tab.ClickAsync("#place-order");
        await tab.SeeOrderAsync("StockReserved");

        await tab.Page.GoBackAsync();
        await tab.FillCheckoutAsync();
        await tab.ClickAsync("#place-order");

        await tab.SeeAsync(".notice-title", "An order of this cart is still being processed");
        Assert.Equal(1, await CountOrdersAsync(sku));
    }

    [Fact]
    public async Task Checkout_is_empty_after_the_order_and_the_back_button()
    {
        var sku = await Admin.AddAsync(onHand: 5);
        var tab = await OpenCheckoutAsync(sku);
        await tab.ClickAsync("#place-order");
        await tab.SeeOrderAsync("Confirmed");

        await tab.Page.GoBackAsync();

        // The cart is emptied a moment after the order is confirmed.
        await Eventually.ReadAsync(
            async () =>
            {
                await tab.Page.ReloadAsync();
                return await tab.TextAsync("main");
            },
            text => text.Contains("There is nothing in your cart", StringComparison.Ordinal));
        Assert.Equal(1, await CountOrdersAsync(sku));
    }

    [Fact]
    public async Task Page_that_is_reloaded_after_the_order_orders_nothing_else()
    {
        var sku = await Admin.AddAsync(onHand: 5);
        var tab = await OpenCheckoutAsync(sku);
        await tab.ClickAsync("#place-order");
        var order = await tab.SeeOrderAsync("Confirmed");

        await tab.Page.ReloadAsync();

        Assert.Equal(order, await tab.SeeOrderAsync("Confirmed"));
        Assert.Equal(1, await CountOrdersAsync(sku));
    }

    private async Task<Tab> OpenCheckoutAsync(string sku, string card = "tok_ok")
    {
        var tab = await OpenTabAsync();
        await tab.AddToCartAsync(sku);
        await tab.OpenAsync("/checkout");
        await tab.FillCheckoutAsync(card);
        return tab;
    }

    private Task<long> CountOrdersAsync(string sku) =>
        _orders.ReadAsync<long>("select count(distinct order_id) from order_lines where sku = $1", sku);

    // A page that is wider than the window has to be moved to and fro to be read.
    private static async Task AssertFitsAsync(Tab tab) =>
        Assert.True(
            await tab.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"),
            $"{tab.Path} is wider than the window");
}
