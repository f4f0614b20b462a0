using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Storefront.Clients;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

/// <summary>The pages of the storefront, except the checkout.</summary>
public sealed class PageTests : StubbedStorefront
{
    [Fact]
    public async Task Next_journey_begins_on_the_first_product_page_after_an_order()
    {
        var events = new RecordedEvents();
        Storefront.Services.GetRequiredService<ILoggerFactory>().AddProvider(events);
        var product = await Browser.OpenAsync($"/products/{Sku}");
        await Browser.SubmitAsync(product, "#add-to-cart");
        var order = await Browser.SubmitAsync(await Browser.OpenAsync("/checkout"), "#checkout", Recipient);
        Assert.StartsWith("/orders/", order.Path, StringComparison.Ordinal);
        await Browser.OpenAsync("/checkout");
        var first = ReadJourneys();
        await Browser.OpenAsync("/products");
        await Browser.OpenAsync("/cart");
        await Browser.OpenAsync("/");

        Assert.NotNull(Assert.Single(first));
        Assert.Equal(2, ReadJourneys().Count);

        IReadOnlyList<string?> ReadJourneys() =>
            [.. events.Of("page.viewed").Select(viewed => viewed.JourneyId).Distinct()];
    }

    [Theory]
    [InlineData("/", "Our products")]
    [InlineData("/products", "Our products")]
    [InlineData("/products/BAG-0101", "This product")]
    [InlineData("/cart", "Your cart")]
    [InlineData("/checkout", "The checkout")]
    [InlineData("/orders/0193e5a8-0000-7000-8000-000000000001", "The progress of your order")]
    public async Task Page_whose_service_does_not_answer_says_what_is_missing_and_offers_to_try_again(string path, string missing)
    {
        await AddToCartAsync();
        Answers.Clear();

        var page = await Browser.OpenAsync(path);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.Contains($"{missing} cannot be shown at the moment", page.Text, StringComparison.Ordinal);
        Assert.Equal(path, page.Find<AngleSharp.Html.Dom.IHtmlAnchorElement>(".unavailable a").GetAttribute("href"));
        Assert.NotNull(page.Document.QuerySelector("form[role=search]"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/products")]
    [InlineData("/products/BAG-0101")]
    [InlineData("/cart")]
    [InlineData("/checkout")]
    public async Task Page_is_complete_when_its_services_answer(string path)
    {
        await AddToCartAsync();

        var page = await Browser.OpenAsync(path);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Null(page.Document.QuerySelector(".unavailable, .empty"));
        Assert.Contains("Harbour Tote", page.Text, StringComparison.Ordinal);
        Assert.NotNull(page.TextOf("#cart-count"));
        Assert.Equal("en", page.Document.DocumentElement.GetAttribute("lang"));
        Assert.NotNull(page.Heading);
        Assert.Equal("#main", page.Find<AngleSharp.Html.Dom.IHtmlAnchorElement>(".skip-link").GetAttribute("href"));
    }

    [Fact]
    public async Task List_is_shown_while_the_categories_are_not_available()
    {
        Answers.Remove("GET /api/v1/categories");

        var page = await Browser.OpenAsync("/products");

        Assert.Equal((HttpStatusCode.OK, "Harbour Tote"), (page.Status, page.TextOf(".card-name")));
    }

    [Fact]
    public async Task Product_that_cannot_be_added_is_told_on_its_page()
    {
        var page = await Browser.OpenAsync($"/products/{Sku}");
        Answers.Remove("POST /api/v1/carts");

        page = await Browser.SubmitAsync(page, "#add-to-cart");

        Assert.Equal("We do not know whether that worked", page.TextOf(".notice-title"));
        Assert.DoesNotContain("Nothing was changed", page.Text, StringComparison.Ordinal);
        Assert.Equal("Harbour Tote", page.Heading);
        Assert.DoesNotContain(Browser.Cookies.Keys, name => name.Contains("cart", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Header_counts_the_units_of_a_cart_that_no_page_has_read_yet()
    {
        SignIn();
        SetCart(new CartReference("0123456789abcdef", null, IsMembers: true));

        Assert.EndsWith("2", (await Browser.OpenAsync("/")).TextOf("#cart-count"), StringComparison.Ordinal);
        Requests.Clear();
        Assert.EndsWith("2", (await Browser.OpenAsync("/")).TextOf("#cart-count"), StringComparison.Ordinal);
        Assert.DoesNotContain(Requests, request => request.Request.Contains("/carts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Header_counts_no_units_of_an_order_after_it_has_emptied_the_cart()
    {
        await AddToCartAsync();
        await Browser.SubmitAsync(await Browser.OpenAsync("/checkout"), "#checkout", Recipient);

        // Before the order is confirmed, its lines are still in the cart.
        await Browser.OpenAsync("/cart");
        Assert.EndsWith("2", (await Browser.OpenAsync("/")).TextOf("#cart-count"), StringComparison.Ordinal);
        Answers["GET /api/v1/carts"] = _ => Results.Json(Cart(quantity: 0));

        Assert.Null((await Browser.OpenAsync("/")).Document.QuerySelector("#cart-count"));
        Requests.Clear();
        await Browser.OpenAsync("/");
        Assert.DoesNotContain(Requests, request => request.Request.Contains("/carts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Member_is_told_what_of_the_visit_did_not_fit_into_the_cart_until_the_cart_was_seen()
    {
        SignIn();
        SetCart(new CartReference("0123456789abcdef", 2, IsMembers: true) { LimitedSkus = [Sku, "COF-0204"] });

        Assert.Equal("Not everything of this visit fitted into your cart", (await Browser.OpenAsync("/")).TextOf(".notice-title"));
        var cart = await Browser.OpenAsync("/cart");

        Assert.Contains("Harbour Tote: your cart has 2 now", cart.TextOf(".limited"), StringComparison.Ordinal);
        Assert.Contains("Product COF-0204: not added", cart.TextOf(".limited"), StringComparison.Ordinal);
        Assert.Null((await Browser.OpenAsync("/")).Document.QuerySelector(".notice"));
        Assert.Null((await Browser.OpenAsync("/cart")).Document.QuerySelector(".limited"));
    }

    [Fact]
    public async Task Forced_layout_of_the_product_page_is_kept_for_the_pages_that_follow()
    {
        Assert.Null((await Browser.OpenAsync($"/products/{Sku}")).Document.QuerySelector(".picture-top"));

        await Browser.OpenAsync("/?variant=item_page:picture_top");

        Assert.NotNull((await Browser.OpenAsync($"/products/{Sku}")).Document.QuerySelector(".picture-top"));
    }

    [Fact]
    public async Task Script_in_a_text_of_a_visitor_or_of_a_service_is_text()
    {
        Answers["GET /api/v1/products"] = _ => Results.Json(new { items = new[] { Product(Script) }, next = Script });
        Answers["GET /api/v1/categories"] = _ => Results.Json(new { items = (string[])[Script] });
        Answers[$"GET /api/v1/products/{Sku}"] = _ => Results.Json(Product(Script));
        await AddToCartAsync();
        Answers["GET /api/v1/carts"] = _ => Results.Json(Cart(quantity: 2, name: Script));
        var query = Uri.EscapeDataString(Script);
        var form = await Browser.OpenAsync("/checkout");
        List<Page> pages =
        [
            await Browser.OpenAsync("/"),
            await Browser.OpenAsync($"/products?q={query}&category={query}&sort={query}&min={query}&max={query}&after={query}"),
            await Browser.OpenAsync($"/products/{Sku}?problem={query}&added={query}"),
            await Browser.OpenAsync($"/cart?problem={query}"),
            await Browser.OpenAsync($"/checkout?replaces={query}"),
            await Browser.SubmitAsync(form, "#checkout", ("name", Script), ("address", Script), ("email", Script), ("card", "")),
        ];

        Assert.Equal(Script, pages[^1].Find<AngleSharp.Html.Dom.IHtmlInputElement>("#name").Value);
        Assert.Equal(Script, pages[^1].Find<AngleSharp.Html.Dom.IHtmlTextAreaElement>("#address").Value);
        Assert.All(pages, page =>
        {
            Assert.DoesNotContain("<script>", page.Html, StringComparison.Ordinal);
            var scripts = page.Document.Scripts.Select(script => script.GetAttribute("src")!.Split('?')[0]);
            Assert.Equal(((string[])["/browser.js", "/shop.js"]).Order(), scripts.Order());
            Assert.DoesNotContain(page.Document.All, element => element.HasAttribute("style") || element.HasAttribute("onclick"));
        });
    }

    [Theory]
    [InlineData("/cart/add")]
    [InlineData("/cart/change")]
    [InlineData("/checkout")]
    [InlineData("/orders/0193e5a8-0000-7000-8000-000000000001/cancel")]
    public async Task Form_without_its_token_changes_nothing_and_is_answered_with_a_page(string path)
    {
        await AddToCartAsync();
        Requests.Clear();

        var page = await Browser.PostAsync(path, ("sku", Sku), ("quantity", "1"), ("name", "Mallory"), ("key", Guid.NewGuid().ToString()));

        Assert.Contains(page.TextsOf(".notice-title"), title => title == "Please send the form once more");
        Assert.DoesNotContain("Mallory", page.Html, StringComparison.Ordinal);
        Assert.All(Requests, request => Assert.StartsWith("GET ", request.Request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sign_in_is_offered_only_where_a_provider_is_configured()
    {
        await AddToCartAsync();

        foreach (var path in (string[])["/", "/checkout", "/orders"])
        {
            var page = await Browser.OpenAsync(path);
            Assert.Equal(HttpStatusCode.OK, page.Status);
            Assert.DoesNotContain("/login", page.Html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Pages_take_no_forms()
    {
        var page = await Browser.PostAsync("/products", ("q", "tote"));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, page.Status);
    }

    [Theory]
    [InlineData("/cart/add", HttpStatusCode.OK)]
    [InlineData("/checkout", HttpStatusCode.BadRequest)]
    [InlineData("/checkout/payment", HttpStatusCode.BadRequest)]
    public async Task Form_with_more_fields_than_any_of_ours_changes_nothing(string path, HttpStatusCode status)
    {
        Browser.Headers["Sec-Fetch-Site"] = "same-origin";

        var page = await Browser.PostAsync(path, [.. Enumerable.Range(0, 2000).Select(number => ($"field{number}", "x"))]);

        Assert.Equal((status, "Please send the form once more"), (page.Status, page.TextOf(".notice-title")));
    }

    [Fact]
    public async Task Cart_of_a_member_is_not_shown_after_the_session_of_the_member_has_ended()
    {
        SetCart(new CartReference("0123456789abcdef", 2, IsMembers: true));

        var cart = await Browser.OpenAsync("/cart");
        var checkout = await Browser.OpenAsync("/checkout");

        Assert.Contains("nothing in your cart", cart.Text, StringComparison.Ordinal);
        Assert.Contains("nothing in your cart", checkout.Text, StringComparison.Ordinal);
        Assert.Null(cart.Document.QuerySelector("#cart-count"));
        Assert.Empty(Requests);
    }

    [Theory]
    [InlineData("Sec-Purpose", "prefetch;prerender")]
    [InlineData("Purpose", "prefetch")]
    public async Task Page_that_a_browser_loads_in_advance_is_no_page_view(string header, string value)
    {
        var events = new RecordedEvents();
        Storefront.Services.GetRequiredService<ILoggerFactory>().AddProvider(events);
        Browser.Headers[header] = value;
        var early = await Browser.OpenAsync("/");
        Browser.Headers.Clear();

        var page = await Browser.OpenAsync("/");

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.OK), (early.Status, page.Status));
        Assert.Single(events.Of("page.viewed"));
    }

    [Fact]
    public async Task Cart_of_a_forged_or_foreign_cookie_is_not_opened()
    {
        await AddToCartAsync();
        var (name, cookie) = Browser.Cookies.Single(pair => pair.Key == "shop-cart");
        var change = Requests.Single(request => request.Request.StartsWith("POST", StringComparison.Ordinal));
        Assert.DoesNotContain(change.Request.Split('/')[4], cookie, StringComparison.Ordinal);
        Requests.Clear();

        foreach (var forged in (string[])["some-cart-id", cookie[..^4] + "AAAA", cookie + "A", "CfDJ8", new string('A', 5000)])
        {
            Browser.Cookies[name] = forged;
            var page = await Browser.OpenAsync("/cart");
            Assert.Contains("nothing in your cart", page.Text, StringComparison.Ordinal);
        }

        Assert.Empty(Requests);
    }

    [Fact]
    public async Task Files_have_a_version_and_are_kept_by_browsers()
    {
        var page = await Browser.OpenAsync("/");

        var paths = page.Document.QuerySelectorAll("link[rel=stylesheet], link[rel=icon]")
            .Select(link => link.GetAttribute("href")!)
            .Concat(page.Document.Scripts.Select(script => script.GetAttribute("src")!))
            .ToList();
        Assert.Equal(4, paths.Count);
        foreach (var path in paths)
        {
            using var response = await Storefront.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("public, max-age=31536000, immutable", response.Headers.CacheControl!.ToString());
        }
    }

    [Fact]
    public async Task Page_with_its_files_weighs_less_than_150_kB()
    {
        Answers["GET /api/v1/products"] = _ => Results.Json(
            new { items = Enumerable.Range(10, 12).Select(number => Product($"Planetarium {number}")), next = "next" });

        var page = await Browser.OpenAsync("/products");
        var weight = Encoding.UTF8.GetByteCount(page.Html);
        foreach (var file in (string[])["/shop.css", "/shop.js", "/browser.js", "/favicon.svg"])
        {
            weight += (await Storefront.Client.GetByteArrayAsync(file)).Length;
        }

        Assert.InRange(weight, 10_000, 150_000);
    }
}
