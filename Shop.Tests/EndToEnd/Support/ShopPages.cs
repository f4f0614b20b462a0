using Shop.Tests.Integration.Support;

namespace Shop.Tests.EndToEnd.Support;

/// <summary>Every page of the shop, in every state that looks different.</summary>
internal sealed class ShopPages(CatalogAdminClient admin)
{
    private const string CheckoutErrors = "checkout with errors";
    private const string CheckoutPayment = "checkout payment";

    private static readonly Dictionary<string, Func<ShopPages, Tab, Task<string>>> _pages = new()
    {
        ["front"] = static (_, _) => Task.FromResult("/"),
        ["products"] = static (_, _) => Task.FromResult("/products"),
        ["nothing found"] = static (_, _) => Task.FromResult("/products?q=nothinglikethat"),
        ["product"] = static async (pages, _) => $"/products/{await pages.AddProductAsync()}",
        ["product with the picture on top"] =
            static async (pages, _) => $"/products/{await pages.AddProductAsync()}?variant=item_page:picture_top",
        ["product sold out"] = static async (pages, _) => $"/products/{await pages.AddProductAsync(onHand: 0)}",
        ["product added"] = static async (pages, tab) => $"/products/{await pages.FillCartAsync(tab)}?added=1",
        ["product not found"] = static (_, _) => Task.FromResult("/products/NO-SUCH-1"),
        ["empty cart"] = static (_, _) => Task.FromResult("/cart"),
        ["cart"] = static (pages, tab) => pages.FillCartAsync(tab, "/cart"),
        ["cart with a problem"] = static (pages, tab) => pages.FillCartWithSoldOutProductAsync(tab),
        ["empty checkout"] = static (_, _) => Task.FromResult("/checkout"),
        ["checkout"] = static (pages, tab) => pages.FillCartAsync(tab, "/checkout"),
        ["checkout delivery"] = static (pages, tab) => pages.FillCartAsync(tab, "/checkout?variant=checkout:two_steps"),
        [CheckoutPayment] = static (pages, tab) => pages.FillCartAsync(tab, "/checkout?variant=checkout:two_steps"),
        [CheckoutErrors] = static (pages, tab) => pages.FillCartAsync(tab, "/checkout"),
        ["order confirmed"] = static (pages, tab) => pages.OrderAsync(tab, "tok_ok", "Confirmed"),
        ["order waiting"] = static (pages, tab) => pages.OrderAsync(tab, "tok_abandoned", "StockReserved"),
        ["order rejected"] = static (pages, tab) => pages.OrderAsync(tab, "tok_declined", "Rejected"),
        ["order not found"] = static (_, _) => Task.FromResult($"/orders/{Guid.Empty}"),
        ["orders of a guest"] = static (_, _) => Task.FromResult("/orders"),
        ["orders of a member"] = static (pages, tab) => pages.OrderAsMemberAsync(tab),
        ["sign-in"] = static (_, _) => Task.FromResult("/login"),
        ["registration"] = static (_, _) => Task.FromResult("/sso/register"),
        ["sign-in refused"] = static (_, _) => Task.FromResult("/login/failed?reason=denied"),
        ["sign-out"] = static (_, _) => Task.FromResult("/logout"),
        ["not found"] = static (_, _) => Task.FromResult("/no-such-page"),
    };

    public static IReadOnlyCollection<string> Names => _pages.Keys;

    /// <summary>The pages that no address leads to.</summary>
    public static IReadOnlyCollection<string> AnswersToForms { get; } = [CheckoutErrors, CheckoutPayment];

    /// <summary>Brings about the state that a page shows, opens the page and returns its address.</summary>
    public async Task<string> OpenAsync(Tab tab, string name)
    {
        var path = await _pages[name](this, tab);
        await tab.OpenAsync(path);
        if (name == CheckoutErrors)
        {
            await tab.ClickAsync("#place-order");
            await tab.SeeAsync("#error-summary", "Please check what you entered");
        }
        else if (name == CheckoutPayment)
        {
            await tab.FillCheckoutAsync();
        }

        return path;
    }

    private Task<string> AddProductAsync(int onHand = 20) =>
        admin.AddAsync(onHand, name: "Enamel mug with a rather long name", category: "kitchen");

    private async Task<string> FillCartAsync(Tab tab)
    {
        var sku = await AddProductAsync();
        await tab.AddToCartAsync(sku);
        return sku;
    }

    private async Task<string> FillCartAsync(Tab tab, string path)
    {
        await FillCartAsync(tab);
        return path;
    }

    private async Task<string> FillCartWithSoldOutProductAsync(Tab tab)
    {
        var sku = await FillCartAsync(tab);
        using var adjusted = await admin.AdjustAsync(sku, -20, Guid.NewGuid().ToString("n"));
        Assert.True(adjusted.IsSuccessStatusCode);
        return "/cart";
    }

    private async Task<string> OrderAsMemberAsync(Tab tab)
    {
        await tab.OpenAsync("/products");
        await tab.RegisterAsync($"{Guid.NewGuid():n}@example.org");
        await OrderAsync(tab, "tok_ok", "Confirmed");
        return "/orders";
    }

    private async Task<string> OrderAsync(Tab tab, string card, string status)
    {
        await FillCartAsync(tab);
        await tab.OpenAsync("/checkout");
        await tab.FillCheckoutAsync(card);
        await tab.ClickAsync("#place-order");
        return await tab.SeeOrderAsync(status);
    }
}
