using System.Net;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.Storefront.Clients;
using Shop.Storefront.SignIn;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

/// <summary>The pages of the storefront beside services that answer what a test wants, or do not answer.</summary>
public sealed class PageTests : IAsyncLifetime, IDisposable
{
    private const string Script = "<script>alert('x')</script>\"'&";
    private const string Sku = "BAG-0101";

    private static readonly (string Name, string Value)[] _recipient =
        [("name", "Ada Example"), ("address", "1 Analytical Row"), ("email", "ada@example.org"), ("card", "tok_ok")];

    private static readonly object _euros = new { amount = 5900, currency = "EUR" };

    private readonly Dictionary<string, Func<HttpRequest, IResult>> _answers = [];
    private readonly List<(string Request, string? Key, string Body)> _requests = [];
    private WebApplication? _services;
    private InProcessService? _storefront;

    private ScriptlessBrowser Browser => field ??= new ScriptlessBrowser(_storefront!.Client);

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _services = builder.Build();
        _services.Run(AnswerAsync);
        await _services.StartAsync();
        var address = _services.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        _answers["GET /api/v1/products"] = _ => Results.Json(new { items = new[] { Product() }, next = (string?)null });
        _answers["GET /api/v1/categories"] = _ => Results.Json(new { items = (string[])["bags", "desk"] });
        _answers[$"GET /api/v1/products/{Sku}"] = _ => Results.Json(Product());
        _answers["GET /api/v1/carts"] = _ => Results.Json(Cart(quantity: 2));
        _answers["POST /api/v1/carts"] = request => request.Path.Value!.EndsWith("/checkout", StringComparison.Ordinal)
            ? Results.Json(new { orderId = Guid.NewGuid() }, statusCode: StatusCodes.Status202Accepted)
            : Results.Json(new { added = 1, quantity = 2, itemCount = 2 });
        _storefront = InProcessService.Start(
            "storefront", "Development",
            [.. ((string[])["catalog", "cart", "orders"]).Select(service => ($"services:{service}:http:0", (string?)address))]);
    }

    public async Task DisposeAsync() => await _services!.DisposeAsync();

    public void Dispose() => _storefront?.Dispose();

    [Fact]
    public async Task Next_journey_begins_on_the_first_product_page_after_an_order()
    {
        var events = new RecordedEvents();
        _storefront!.Services.GetRequiredService<ILoggerFactory>().AddProvider(events);
        var product = await Browser.OpenAsync($"/products/{Sku}");
        await Browser.SubmitAsync(product, "#add-to-cart");
        var order = await Browser.SubmitAsync(await Browser.OpenAsync("/checkout"), "#checkout", _recipient);
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
        _answers.Clear();

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
        _answers.Remove("GET /api/v1/categories");

        var page = await Browser.OpenAsync("/products");

        Assert.Equal((HttpStatusCode.OK, "Harbour Tote"), (page.Status, page.TextOf(".card-name")));
    }

    [Fact]
    public async Task Product_that_cannot_be_added_is_told_on_its_page()
    {
        var page = await Browser.OpenAsync($"/products/{Sku}");
        _answers.Remove("POST /api/v1/carts");

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
        _requests.Clear();
        Assert.EndsWith("2", (await Browser.OpenAsync("/")).TextOf("#cart-count"), StringComparison.Ordinal);
        Assert.DoesNotContain(_requests, request => request.Request.Contains("/carts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Header_counts_no_units_of_an_order_after_it_has_emptied_the_cart()
    {
        await AddToCartAsync();
        await Browser.SubmitAsync(await Browser.OpenAsync("/checkout"), "#checkout", _recipient);

        // Before the order is confirmed, its lines are still in the cart.
        await Browser.OpenAsync("/cart");
        Assert.EndsWith("2", (await Browser.OpenAsync("/")).TextOf("#cart-count"), StringComparison.Ordinal);
        _answers["GET /api/v1/carts"] = _ => Results.Json(Cart(quantity: 0));

        Assert.Null((await Browser.OpenAsync("/")).Document.QuerySelector("#cart-count"));
        _requests.Clear();
        await Browser.OpenAsync("/");
        Assert.DoesNotContain(_requests, request => request.Request.Contains("/carts", StringComparison.Ordinal));
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
    public async Task Checkout_without_an_answer_is_sent_again_with_the_same_key_and_the_same_body()
    {
        await AddToCartAsync();
        var form = await Browser.OpenAsync("/checkout");
        _answers["POST /api/v1/carts"] = _ => Results.StatusCode(StatusCodes.Status503ServiceUnavailable);

        var page = await Browser.SubmitAsync(form, "#checkout", _recipient);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.Equal("We could not place your order for certain", page.TextOf(".notice-title"));
        // A cart that does not respond is not asked again: the page is shown before the request times out.
        Assert.EndsWith("/checkout", _requests[^1].Request, StringComparison.Ordinal);
        Assert.Equal("Ada Example", page.Find<AngleSharp.Html.Dom.IHtmlInputElement>("#name").Value);
        // The first attempt was carried out after all, and has emptied the cart.
        _answers["GET /api/v1/carts"] = _ => Results.Json(Cart(quantity: 0));
        page = await Browser.SubmitAsync(page, "#checkout");
        await Browser.SubmitAsync(page, "#checkout");

        var checkouts = _requests.Where(request => request.Request.EndsWith("/checkout", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, checkouts.Count);
        Assert.Single(checkouts.DistinctBy(checkout => (checkout.Key, checkout.Body)));
    }

    [Theory]
    [InlineData("price_changed", "The price has changed")]
    [InlineData("lines_unavailable", "Something in your cart cannot be bought any more")]
    [InlineData("checkout_in_progress", "An order of this cart is still being processed")]
    [InlineData("cart_empty", "Your cart is empty")]
    [InlineData("cart_changed", "Your cart has changed")]
    [InlineData("mixed_currencies", "These products cannot be ordered together")]
    [InlineData("order_not_replaceable", "The earlier order is already paid")]
    [InlineData("a_code_of_a_later_version", "That did not work")]
    public async Task Checkout_that_is_refused_is_told_in_words_and_keeps_the_form(string code, string title)
    {
        await AddToCartAsync();
        var form = await Browser.OpenAsync("/checkout");
        _answers["POST /api/v1/carts"] = _ => Results.Problem(
            statusCode: StatusCodes.Status409Conflict,
            title: "For developers",
            extensions: new Dictionary<string, object?> { ["code"] = code });

        var page = await Browser.SubmitAsync(form, "#checkout", _recipient);

        Assert.Equal((HttpStatusCode.Conflict, title), (page.Status, page.TextOf(".notice-title")));
        Assert.Equal("1 Analytical Row", page.Find<AngleSharp.Html.Dom.IHtmlTextAreaElement>("#address").Value);
        Assert.DoesNotContain("For developers", page.Html, StringComparison.Ordinal);
        Assert.NotEqual(KeyOf(form), KeyOf(page));
    }

    [Fact]
    public async Task Fields_that_are_missing_or_refused_are_named_with_a_link_to_each()
    {
        await AddToCartAsync();
        var form = await Browser.OpenAsync("/checkout");

        var page = await Browser.SubmitAsync(form, "#checkout", ("name", " "), ("address", ""), ("email", ""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal(["#name", "#address", "#email"], ErrorLinksOf(page));
        Assert.Equal("true", page.Find<AngleSharp.Html.Dom.IHtmlInputElement>("#name").GetAttribute("aria-invalid"));
        Assert.Equal("name-error", page.Find<AngleSharp.Html.Dom.IHtmlInputElement>("#name").GetAttribute("aria-describedby"));
        Assert.DoesNotContain(_requests, request => request.Request.EndsWith("/checkout", StringComparison.Ordinal));

        _answers["POST /api/v1/carts"] = _ => Results.ValidationProblem(new Dictionary<string, string[]> { ["recipient.email"] = ["No."] });
        page = await Browser.SubmitAsync(form, "#checkout", [.. _recipient, ("email", "ada")]);
        Assert.Equal(["#email"], ErrorLinksOf(page));
        Assert.Equal("ada", page.Find<AngleSharp.Html.Dom.IHtmlInputElement>("#email").Value);
    }

    [Fact]
    public async Task Checkout_of_two_steps_asks_for_the_delivery_and_the_payment_on_pages_of_their_own()
    {
        await AddToCartAsync();
        var delivery = await Browser.OpenAsync("/checkout?variant=checkout:two_steps");
        Assert.Equal("Checkout: delivery", delivery.Heading);
        Assert.Null(delivery.Document.QuerySelector("[name=card]"));

        var incomplete = await Browser.SubmitAsync(delivery, "#checkout", [.. _recipient[..3], ("name", "")]);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Checkout: delivery"), (incomplete.Status, incomplete.Heading));
        Assert.Equal(["#name"], ErrorLinksOf(incomplete));

        var payment = await Browser.SubmitAsync(incomplete, "#checkout", ("name", "Ada Example"));
        Assert.Equal((HttpStatusCode.OK, "Checkout: payment"), (payment.Status, payment.Heading));
        Assert.Contains("1 Analytical Row", payment.TextOf(".delivery"), StringComparison.Ordinal);
        Assert.DoesNotContain(_requests, request => request.Request.EndsWith("/checkout", StringComparison.Ordinal));

        _answers["POST /api/v1/carts"] = _ => Results.ValidationProblem(new Dictionary<string, string[]> { ["recipient.email"] = ["No."] });
        var corrected = await Browser.SubmitAsync(payment, "#checkout", ("card", "tok_ok"));
        Assert.Equal("Checkout: delivery", corrected.Heading);
        Assert.Equal(["#email"], ErrorLinksOf(corrected));
        payment = await Browser.SubmitAsync(corrected, "#checkout", ("email", "ada@example.org"));
        Assert.Equal("Checkout: payment", payment.Heading);

        _answers["POST /api/v1/carts"] = _ => Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        var unconfirmed = await Browser.SubmitAsync(payment, "#checkout", ("card", "tok_ok"));
        await Browser.SubmitAsync(unconfirmed, "#checkout");
        var attempts = _requests.Where(request => request.Request.EndsWith("/checkout", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, attempts.Count);
        Assert.Contains("ada@example.org", attempts[^1].Body, StringComparison.Ordinal);
        Assert.Equal(attempts[^2], attempts[^1]);
    }

    [Fact]
    public async Task Second_step_of_a_checkout_that_is_opened_by_its_address_leads_to_the_first()
    {
        await AddToCartAsync();

        var page = await Browser.OpenAsync("/checkout/payment");

        Assert.Equal("/checkout", page.Path);
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
        _answers["GET /api/v1/products"] = _ => Results.Json(new { items = new[] { Product(Script) }, next = Script });
        _answers["GET /api/v1/categories"] = _ => Results.Json(new { items = (string[])[Script] });
        _answers[$"GET /api/v1/products/{Sku}"] = _ => Results.Json(Product(Script));
        await AddToCartAsync();
        _answers["GET /api/v1/carts"] = _ => Results.Json(Cart(quantity: 2, name: Script));
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
            Assert.Equal(["/browser.js", "/shop.js"], scripts.Order());
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
        _requests.Clear();

        var page = await Browser.PostAsync(path, ("sku", Sku), ("quantity", "1"), ("name", "Mallory"), ("key", Guid.NewGuid().ToString()));

        Assert.Contains(page.TextsOf(".notice-title"), title => title == "Please send the form once more");
        Assert.DoesNotContain("Mallory", page.Html, StringComparison.Ordinal);
        Assert.All(_requests, request => Assert.StartsWith("GET ", request.Request, StringComparison.Ordinal));
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
    [InlineData("same-origin", "Ada Example")]
    [InlineData("cross-site", "")]
    [InlineData(null, "")]
    public async Task Checkout_form_that_has_expired_comes_back_with_what_was_typed_in_this_shop(string? sender, string name)
    {
        await AddToCartAsync();
        var form = await Browser.OpenAsync("/checkout");
        Browser.Cookies.Remove("shop-form");
        if (sender is not null)
        {
            Browser.Headers["Sec-Fetch-Site"] = sender;
        }

        var page = await Browser.SubmitAsync(form, "#checkout", _recipient);
        Assert.Equal((HttpStatusCode.BadRequest, "Please send the form once more"), (page.Status, page.TextOf(".notice-title")));
        Assert.Equal(name, page.Find<AngleSharp.Html.Dom.IHtmlInputElement>("#name").Value);

        await Browser.SubmitAsync(page, "#checkout", _recipient);
        Assert.Single(_requests, request => request.Request.EndsWith("/checkout", StringComparison.Ordinal));
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
        Assert.Empty(_requests);
    }

    [Theory]
    [InlineData(StatusCodes.Status401Unauthorized, "Please sign in again")]
    [InlineData(StatusCodes.Status403Forbidden, "This account cannot do that")]
    public async Task Member_whose_token_is_refused_at_the_checkout_can_sign_in_again(int status, string title)
    {
        await AddToCartAsync();
        var form = await Browser.OpenAsync("/checkout");
        _answers["POST /api/v1/carts"] = _ => Results.StatusCode(status);

        var page = await Browser.SubmitAsync(form, "#checkout", _recipient);

        Assert.Equal(title, page.TextOf(".notice-title"));
        Assert.NotNull(page.Document.QuerySelector(".notice a[href^='/login?again=true']"));
    }

    [Fact]
    public async Task Page_that_a_browser_loads_in_advance_is_no_page_view()
    {
        var events = new RecordedEvents();
        _storefront!.Services.GetRequiredService<ILoggerFactory>().AddProvider(events);
        Browser.Headers["Sec-Purpose"] = "prefetch;prerender";
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
        var change = _requests.Single(request => request.Request.StartsWith("POST", StringComparison.Ordinal));
        Assert.DoesNotContain(change.Request.Split('/')[4], cookie, StringComparison.Ordinal);
        _requests.Clear();

        foreach (var forged in (string[])["some-cart-id", cookie[..^4] + "AAAA", cookie + "A", "CfDJ8", new string('A', 5000)])
        {
            Browser.Cookies[name] = forged;
            var page = await Browser.OpenAsync("/cart");
            Assert.Contains("nothing in your cart", page.Text, StringComparison.Ordinal);
        }

        Assert.Empty(_requests);
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
            using var response = await _storefront!.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("public, max-age=31536000, immutable", response.Headers.CacheControl!.ToString());
        }
    }

    [Fact]
    public async Task Page_with_its_files_weighs_less_than_150_kB()
    {
        _answers["GET /api/v1/products"] = _ => Results.Json(
            new { items = Enumerable.Range(10, 12).Select(number => Product($"Planetarium {number}")), next = "next" });

        var page = await Browser.OpenAsync("/products");
        var weight = Encoding.UTF8.GetByteCount(page.Html);
        foreach (var file in (string[])["/shop.css", "/shop.js", "/browser.js", "/favicon.svg"])
        {
            weight += (await _storefront!.Client.GetByteArrayAsync(file)).Length;
        }

        Assert.InRange(weight, 10_000, 150_000);
    }

    private static object Product(string name = "Harbour Tote") => new
    {
        sku = Sku,
        name,
        description = name,
        category = name == Script ? Script : "bags",
        price = _euros,
        available = 140,
    };

    private static object Line(int quantity, string name = "Harbour Tote") => new
    {
        sku = Sku,
        name,
        quantity,
        unitPrice = _euros,
        total = new { amount = 5900 * quantity, currency = "EUR" },
        available = 140,
    };

    private static object Cart(int quantity, string name = "Harbour Tote") => new
    {
        lines = quantity == 0 ? [] : new[] { Line(quantity, name) },
        itemCount = quantity,
        total = new { amount = 5900 * quantity, currency = "EUR" },
        pricesConfirmed = true,
    };

    private static string KeyOf(Page page) => page.Find<AngleSharp.Html.Dom.IHtmlInputElement>("#checkout [name=key]").Value;

    private static IEnumerable<string?> ErrorLinksOf(Page page) =>
        page.Document.QuerySelectorAll("#error-summary a").Select(link => link.GetAttribute("href"));

    private async Task AddToCartAsync()
    {
        await Browser.SubmitAsync(await Browser.OpenAsync($"/products/{Sku}"), "#add-to-cart");
        Assert.Contains("shop-cart", Browser.Cookies.Keys);
    }

    private void SignIn()
    {
        var properties = new AuthenticationProperties { IssuedUtc = DateTimeOffset.UtcNow, ExpiresUtc = DateTimeOffset.UtcNow.AddDays(1) };
        var member = new ClaimsPrincipal(new ClaimsIdentity([new("sub", "member")], "test"));
        var options = _storefront!.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(MemberCookie.Scheme);
        Browser.Cookies[MemberCookie.Name] = options.TicketDataFormat.Protect(new(member, properties, MemberCookie.Scheme));
    }

    private void SetCart(CartReference cart)
    {
        var context = new DefaultHttpContext();
        _storefront!.Services.GetRequiredService<CartCookie>().Set(context, cart);
        var cookie = context.Response.Headers.SetCookie.ToString().Split(';')[0].Split('=', 2);
        Browser.Cookies[cookie[0]] = Uri.UnescapeDataString(cookie[1]);
    }

    // A path of the answers is the beginning of the path of a request. Without an answer the connection is closed.
    private async Task AnswerAsync(HttpContext context)
    {
        // Of the proxy, at any time.
        if (context.Request.Path == "/health")
        {
            return;
        }

        var name = $"{context.Request.Method} {context.Request.Path}";
        using var reader = new StreamReader(context.Request.Body);
        lock (_requests)
        {
            _requests.Add((name, context.Request.Headers["Idempotency-Key"], reader.ReadToEndAsync().Result));
        }

        var answer = _answers.Where(answer => name.StartsWith(answer.Key, StringComparison.Ordinal)).MaxBy(answer => answer.Key.Length);
        if (answer.Value is null)
        {
            context.Abort();
            return;
        }

        await answer.Value(context.Request).ExecuteAsync(context);
    }
}
