using System.Net;
using Microsoft.AspNetCore.Http;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

/// <summary>The form of the checkout.</summary>
public sealed class CheckoutPageTests : StubbedStorefront
{
    [Fact]
    public async Task Checkout_without_an_answer_is_sent_again_with_the_same_key_and_the_same_body()
    {
        await AddToCartAsync();
        var form = await Browser.OpenAsync("/checkout");
        Answers["POST /api/v1/carts"] = _ => Results.StatusCode(StatusCodes.Status503ServiceUnavailable);

        var page = await Browser.SubmitAsync(form, "#checkout", Recipient);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.Equal("We could not place your order for certain", page.TextOf(".notice-title"));
        // A cart that does not respond is not asked again: the page is shown before the request times out.
        Assert.EndsWith("/checkout", Requests[^1].Request, StringComparison.Ordinal);
        Assert.Equal("Ada Example", page.Find<AngleSharp.Html.Dom.IHtmlInputElement>("#name").Value);
        // The first attempt was carried out after all, and has emptied the cart.
        Answers["GET /api/v1/carts"] = _ => Results.Json(Cart(quantity: 0));
        page = await Browser.SubmitAsync(page, "#checkout");
        await Browser.SubmitAsync(page, "#checkout");

        var checkouts = Requests.Where(request => request.Request.EndsWith("/checkout", StringComparison.Ordinal)).ToList();
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
        Answers["POST /api/v1/carts"] = _ => Results.Problem(
            statusCode: StatusCodes.Status409Conflict,
            title: "For developers",
            extensions: new Dictionary<string, object?> { ["code"] = code });

        var page = await Browser.SubmitAsync(form, "#checkout", Recipient);

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
        Assert.DoesNotContain(Requests, request => request.Request.EndsWith("/checkout", StringComparison.Ordinal));

        Answers["POST /api/v1/carts"] = _ => Results.ValidationProblem(new Dictionary<string, string[]> { ["recipient.email"] = ["No."] });
        page = await Browser.SubmitAsync(form, "#checkout", [.. Recipient, ("email", "ada")]);
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

        var incomplete = await Browser.SubmitAsync(delivery, "#checkout", [.. Recipient[..3], ("name", "")]);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Checkout: delivery"), (incomplete.Status, incomplete.Heading));
        Assert.Equal(["#name"], ErrorLinksOf(incomplete));

        var payment = await Browser.SubmitAsync(incomplete, "#checkout", ("name", "Ada Example"));
        Assert.Equal((HttpStatusCode.OK, "Checkout: payment"), (payment.Status, payment.Heading));
        Assert.Contains("1 Analytical Row", payment.TextOf(".delivery"), StringComparison.Ordinal);
        Assert.DoesNotContain(Requests, request => request.Request.EndsWith("/checkout", StringComparison.Ordinal));

        Answers["POST /api/v1/carts"] = _ => Results.ValidationProblem(new Dictionary<string, string[]> { ["recipient.email"] = ["No."] });
        var corrected = await Browser.SubmitAsync(payment, "#checkout", ("card", "tok_ok"));
        Assert.Equal("Checkout: delivery", corrected.Heading);
        Assert.Equal(["#email"], ErrorLinksOf(corrected));
        payment = await Browser.SubmitAsync(corrected, "#checkout", ("email", "ada@example.org"));
        Assert.Equal("Checkout: payment", payment.Heading);

        Answers["POST /api/v1/carts"] = _ => Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        var unconfirmed = await Browser.SubmitAsync(payment, "#checkout", ("card", "tok_ok"));
        await Browser.SubmitAsync(unconfirmed, "#checkout");
        var attempts = Requests.Where(request => request.Request.EndsWith("/checkout", StringComparison.Ordinal)).ToList();
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

        var page = await Browser.SubmitAsync(form, "#checkout", Recipient);
        Assert.Equal((HttpStatusCode.BadRequest, "Please send the form once more"), (page.Status, page.TextOf(".notice-title")));
        Assert.Equal(name, page.Find<AngleSharp.Html.Dom.IHtmlInputElement>("#name").Value);

        await Browser.SubmitAsync(page, "#checkout", Recipient);
        Assert.Single(Requests, request => request.Request.EndsWith("/checkout", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(StatusCodes.Status401Unauthorized, "Please sign in again")]
    [InlineData(StatusCodes.Status403Forbidden, "This account cannot do that")]
    public async Task Member_whose_token_is_refused_at_the_checkout_can_sign_in_again(int status, string title)
    {
        await AddToCartAsync();
        var form = await Browser.OpenAsync("/checkout");
        Answers["POST /api/v1/carts"] = _ => Results.StatusCode(status);

        var page = await Browser.SubmitAsync(form, "#checkout", Recipient);

        Assert.Equal(title, page.TextOf(".notice-title"));
        Assert.NotNull(page.Document.QuerySelector(".notice a[href^='/login?again=true']"));
    }

    private static string KeyOf(Page page) => page.Find<AngleSharp.Html.Dom.IHtmlInputElement>("#checkout [name=key]").Value;

    private static IEnumerable<string?> ErrorLinksOf(Page page) =>
        page.Document.QuerySelectorAll("#error-summary a").Select(link => link.GetAttribute("href"));
}
