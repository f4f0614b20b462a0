using System.Net;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Storefront;

/// <summary>A visitor without script walks through the shop.</summary>
[Collection(WholeApplication.Name)]
public sealed class PurchaseTests(ShopApp shop)
{
    private static readonly (string Name, string Value)[] _recipient =
        [("name", "Ada Example"), ("address", "1 Analytical Row\nLondon"), ("email", "ada@example.org")];

    private readonly CatalogAdminClient _admin = new(shop);
    private readonly ScriptlessBrowser _browser = Open(shop);

    [Fact]
    public async Task Guest_finds_a_product_buys_it_and_sees_the_order_complete()
    {
        var word = NewWord();
        var sku = await _admin.AddAsync(onHand: 5, name: $"Lantern {word}", price: 2550);

        var page = await _browser.OpenAsync("/");
        page = await _browser.SubmitAsync(page, "form[role=search]", ("q", word));
        page = await _browser.FollowAsync(page, ".card a");
        Assert.Equal($"Lantern {word}", page.Heading);
        page = await _browser.SubmitAsync(page, "#add-to-cart", ("quantity", "2"));
        Assert.Equal($"Added to your cart: 2 × Lantern {word}", page.TextOf(".notice-title"));
        page = await _browser.FollowAsync(page, "a[href='/cart']");
        Assert.Equal("€51.00", page.TextOf("#cart-total"));
        page = await _browser.FollowAsync(page, "a[href='/checkout']");
        Assert.Equal("€51.00", page.TextOf("#checkout-total"));
        page = await _browser.SubmitAsync(page, "#checkout", _recipient);

        page = await FollowOrderAsync(page, "Confirmed");
        Assert.Equal("Thank you, your order is complete", page.Heading);
        Assert.Equal("€51.00", page.TextOf("#order-total"));
        Assert.Equal(4, page.TextsOf(".steps .done").Count);
        Assert.Equal(3, (await _admin.StockAsync(sku)).Available);
        await Eventually.ReadAsync(async () => (await _browser.OpenAsync("/cart")).Text, text => text.Contains("nothing in your cart"));
    }

    [Fact]
    public async Task Order_page_reloads_itself_until_the_order_is_final()
    {
        await FillCartAsync();
        var page = await SubmitCheckoutAsync("tok_abandoned");

        page = await FollowOrderAsync(page, "StockReserved");
        Assert.Contains("http-equiv=\"refresh\"", page.Html, StringComparison.Ordinal);
        page = await _browser.SubmitAsync(page, "#cancel-order");
        page = await FollowOrderAsync(page, "Cancelled");

        Assert.DoesNotContain("http-equiv=\"refresh\"", page.Html, StringComparison.Ordinal);
        Assert.Contains("You are not charged", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_that_is_sent_twice_orders_once()
    {
        var sku = await FillCartAsync(onHand: 5);
        var form = await _browser.OpenAsync("/checkout");

        var pages = await Task.WhenAll(
            _browser.SubmitAsync(form, "#checkout", _recipient), _browser.OpenTab().SubmitAsync(form, "#checkout", _recipient));

        Assert.Equal(pages[0].Path, pages[1].Path);
        await FollowOrderAsync(pages[0], "Confirmed");
        Assert.Equal(4, (await _admin.StockAsync(sku)).Available);
    }

    [Fact]
    public async Task Form_that_is_sent_again_after_the_back_button_leads_to_the_same_order()
    {
        var sku = await FillCartAsync(onHand: 5);
        var form = await _browser.OpenAsync("/checkout");
        var order = await FollowOrderAsync(await _browser.SubmitAsync(form, "#checkout", _recipient), "Confirmed");

        var again = await _browser.SubmitAsync(form, "#checkout", _recipient);
        var changed = await _browser.SubmitAsync(form, "#checkout", [.. _recipient, ("name", "Another Name")]);

        Assert.Equal(order.Path.Split('?')[0], again.Path.Split('?')[0]);
        Assert.Equal("This form has already been sent", changed.TextOf(".notice-title"));
        Assert.Equal(order.Path.Split('?')[0], changed.Find<AngleSharp.Html.Dom.IHtmlAnchorElement>(".notice a").GetAttribute("href"));
        Assert.Equal(4, (await _admin.StockAsync(sku)).Available);
    }

    [Fact]
    public async Task Declined_card_is_told_without_script_and_another_card_pays()
    {
        var sku = await FillCartAsync(onHand: 1);
        var form = await _browser.OpenAsync("/checkout");
        var page = await _browser.SubmitAsync(form, "#checkout", [.. _recipient, ("card", "tok_declined")]);
        page = await FollowOrderAsync(page, "Rejected");
        Assert.Contains("Your bank declined the card", page.Text, StringComparison.Ordinal);
        await Eventually.ReadAsync(() => _admin.StockAsync(sku), stock => stock.Available == 1);

        // By the back button: the form of the declined order, with another card.
        page = await Eventually.ReadAsync(
            () => _browser.SubmitAsync(form, "#checkout", [.. _recipient, ("card", "tok_ok")]),
            page => page.TextOf(".notice-title") == "Your earlier attempt did not go through");
        Assert.Equal("Ada Example", page.Find<AngleSharp.Html.Dom.IHtmlInputElement>("#name").Value);
        page = await _browser.SubmitAsync(page, "#checkout", ("card", "tok_ok"));

        await FollowOrderAsync(page, "Confirmed");
        Assert.Equal(0, (await _admin.StockAsync(sku)).Available);
    }

    [Fact]
    public async Task Changed_price_is_shown_and_ordered_only_after_the_visitor_agreed()
    {
        var sku = await FillCartAsync();
        var form = await _browser.OpenAsync("/checkout");
        var (etag, _) = await _admin.ReadAsync(sku);
        using (var updated = await _admin.UpdateAsync(sku, etag, price: 1999))
        {
            Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        }

        var page = await _browser.SubmitAsync(form, "#checkout", _recipient);

        Assert.Equal("The price has changed", page.TextOf(".notice-title"));
        Assert.Equal(HttpStatusCode.Conflict, page.Status);
        Assert.Equal("€19.99", page.TextOf("#checkout-total"));
        page = await FollowOrderAsync(await _browser.SubmitAsync(page, "#checkout"), "Confirmed");
        Assert.Equal("€19.99", page.TextOf("#order-total"));
    }

    [Fact]
    public async Task Product_that_was_sold_out_meanwhile_is_told_in_the_checkout_and_in_the_cart()
    {
        var sku = await FillCartAsync(onHand: 1);
        var form = await _browser.OpenAsync("/checkout");
        using (var adjusted = await _admin.AdjustAsync(sku, -1, Guid.NewGuid().ToString("n")))
        {
            Assert.True(adjusted.IsSuccessStatusCode);
        }

        var page = await _browser.SubmitAsync(form, "#checkout", _recipient);
        Assert.Equal("Something in your cart cannot be bought any more", page.TextOf(".notice-title"));
        page = await _browser.FollowAsync(page, "main a[href='/cart']");
        Assert.Equal("Sold out. Please remove it to order the rest.", page.TextOf($"#problem-{sku}"));
        Assert.Null(page.Document.QuerySelector("main a[href='/checkout']"));

        page = await _browser.SubmitAsync(page, "form.change", ("action", "remove"));
        Assert.Contains("nothing in your cart", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cart_that_was_emptied_in_another_tab_orders_nothing_without_script()
    {
        await FillCartAsync();
        var form = await _browser.OpenAsync("/checkout");
        await _browser.SubmitAsync(await _browser.OpenAsync("/cart"), "form.change", ("action", "remove"));

        var page = await _browser.SubmitAsync(form, "#checkout", _recipient);

        Assert.Equal("Your cart is empty", page.TextOf(".notice-title"));
    }

    [Fact]
    public async Task Second_order_of_a_cart_in_progress_replaces_the_first_only_when_the_visitor_says_so()
    {
        await FillCartAsync(onHand: 1);
        var form = await _browser.OpenAsync("/checkout");
        var first = await SubmitCheckoutAsync("tok_abandoned");
        var second = await _browser.SubmitAsync(form, "#checkout", _recipient);

        Assert.Equal("An order of this cart is still being processed", second.TextOf(".notice-title"));
        await FollowOrderAsync(first, "StockReserved");
        var replaces = second.Find<AngleSharp.Html.Dom.IHtmlButtonElement>("button[name=replaces]").Value;
        var page = await _browser.SubmitAsync(second, "#checkout", ("replaces", replaces));

        await FollowOrderAsync(page, "Confirmed");
        await FollowOrderAsync(first, "Cancelled");
    }

    [Fact]
    public async Task Order_that_waits_for_its_payment_can_be_paid_with_another_card()
    {
        await FillCartAsync(onHand: 1);
        var first = await FollowOrderAsync(await SubmitCheckoutAsync("tok_abandoned"), "StockReserved");

        var form = await _browser.FollowAsync(first, "a[data-shop-action=other-card]");
        var second = await _browser.SubmitAsync(form, "#checkout", [.. _recipient, ("card", "tok_ok")]);

        await FollowOrderAsync(second, "Confirmed");
        await FollowOrderAsync(first, "Cancelled");
    }

    [Fact]
    public async Task New_member_orders_the_cart_of_the_visit_and_finds_the_order_among_the_own_ones()
    {
        var email = $"{NewWord()}@example.org";
        await FillCartAsync();
        var page = await _browser.FollowAsync(await _browser.OpenAsync("/checkout"), ".site-nav a[data-shop-action=sign-in]");
        page = await _browser.FollowAsync(page, "a[href^='/sso/register']");
        page = await _browser.SubmitAsync(
            page, "form[method=post]", ("Input.Email", email), ("Input.Password", "harbour lights at dawn"));
        Assert.EndsWith("/checkout", page.Path, StringComparison.Ordinal);
        Assert.Equal(email, page.Find<AngleSharp.Html.Dom.IHtmlInputElement>("#email").Value);

        var order = await FollowOrderAsync(await _browser.SubmitAsync(page, "#checkout", _recipient), "Confirmed");
        page = await _browser.FollowAsync(order, ".site-nav a[href='/orders']");

        var link = page.Find<AngleSharp.Html.Dom.IHtmlAnchorElement>("#orders a");
        Assert.Equal(order.Path.Split('?')[0], link.GetAttribute("href"));
        Assert.Equal("Complete", page.TextOf("#orders .order-status"));
        Assert.Empty((await Open(shop).OpenAsync("/orders")).TextsOf("#orders a"));
    }

    [Fact]
    public async Task Quantity_in_the_cart_can_be_changed_and_the_header_counts_the_units()
    {
        await FillCartAsync();

        var page = await _browser.SubmitAsync(await _browser.OpenAsync("/cart"), "form.change", ("quantity", "3"));
        Assert.Equal("€45.00", page.TextOf("#cart-total"));
        page = await _browser.SubmitAsync(page, "form.change", ("quantity", "0"));
        Assert.Equal("Please choose a quantity from 1 to 99", page.TextOf(".notice-title"));
        Assert.Equal("€45.00", page.TextOf("#cart-total"));

        Assert.EndsWith("3", (await _browser.OpenAsync("/")).TextOf("#cart-count"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Categories_and_pages_lead_through_all_products()
    {
        var category = $"walk-{NewWord()}";
        foreach (var number in Enumerable.Range(10, 15))
        {
            await _admin.AddAsync(1, name: $"Piece {number}", category: category);
        }

        var page = await _browser.OpenAsync("/products");
        page = await _browser.FollowAsync(page, $".chips a[href='/products?category={category}']");
        var names = page.TextsOf(".card-name").ToList();
        page = await _browser.FollowAsync(page, "a[rel=next]");
        names.AddRange(page.TextsOf(".card-name"));

        Assert.Equal(Enumerable.Range(10, 15).Select(number => $"Piece {number}"), names);
        Assert.Null(page.Document.QuerySelector("a[rel=next]"));
    }

    [Fact]
    public async Task Order_that_is_placed_while_orders_is_down_is_awaited_and_completes_when_it_is_back()
    {
        await FillCartAsync();
        var form = await _browser.OpenAsync("/checkout");
        var outage = new ResourceOutage(shop.App, "orders");
        await outage.StopAsync();
        Page page;
        try
        {
            page = await _browser.SubmitAsync(form, "#checkout", _recipient);
            Assert.Equal((HttpStatusCode.OK, "Thank you, we have your order"), (page.Status, page.Heading));
            Assert.Contains("http-equiv=\"refresh\"", page.Html, StringComparison.Ordinal);
        }
        finally
        {
            await outage.EndAsync();
        }

        await FollowOrderAsync(page, "Confirmed");
    }

    [Fact]
    public async Task Orders_that_nobody_placed_and_products_that_nobody_sells_are_not_found()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.OpenAsync($"/orders/{Guid.NewGuid()}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.OpenAsync("/products/NO-SUCH-1")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.OpenAsync("/products/no%20sku%20at%20all!")).Status);
    }

    private static ScriptlessBrowser Open(ShopApp shop) => new(new HttpClient(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
    })
    {
        BaseAddress = shop.App.GetEndpoint("storefront", "http"),
    });

    private static string NewWord() => $"word{Guid.NewGuid():n}"[..12];

    /// <summary>Puts one unit of a new product into the cart.</summary>
    private async Task<string> FillCartAsync(int onHand = 10)
    {
        var sku = await _admin.AddAsync(onHand);
        var page = await _browser.SubmitAsync(await _browser.OpenAsync($"/products/{sku}"), "#add-to-cart");
        Assert.StartsWith("Added to your cart", page.TextOf(".notice-title"), StringComparison.Ordinal);
        return sku;
    }

    private async Task<Page> SubmitCheckoutAsync(string card) =>
        await _browser.SubmitAsync(await _browser.OpenAsync("/checkout"), "#checkout", [.. _recipient, ("card", card)]);

    /// <summary>Reloads the page of an order until the order has a status.</summary>
    private Task<Page> FollowOrderAsync(Page page, string status)
    {
        Assert.StartsWith("/orders/", page.Path, StringComparison.Ordinal);
        return Eventually.ReadAsync(
            () => _browser.OpenAsync(page.Path), order => order.Document.QuerySelector($".order[data-status={status}]") is not null);
    }
}
