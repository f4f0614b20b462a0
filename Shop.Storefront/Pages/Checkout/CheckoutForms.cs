using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Storefront.Pages.Layout;
using Shop.Web.Sessions;
using static Shop.Storefront.Pages.Layout.FormPosts;

namespace Shop.Storefront.Pages.Checkout;

/// <summary>The form that orders a cart.</summary>
internal static class CheckoutForms
{
    /// <summary>The path of the second page of a checkout of two pages.</summary>
    public const string PaymentStep = "/checkout/payment";

    public static void AddCheckout(this IHostApplicationBuilder builder) => builder.Services.AddScoped<CheckoutProcess>();

    // At the path of the page: the browser stays there if the form is rejected.
    public static void MapCheckoutForm(this IEndpointRouteBuilder routes)
    {
        routes.MapForm("/checkout", SubmitAsync);
        routes.MapForm(PaymentStep, ContinueAsync);
        // The form of the first step sends the entered values. A request for the address alone has none.
        routes.MapGet(PaymentStep, static () => SeeOther("/checkout")).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task<IResult> SubmitAsync(
        HttpContext context, CheckoutProcess checkout, CancellationToken cancellationToken)
    {
        if (await context.ReadFormAsync() is not { } form)
        {
            return await ShowExpiredFormAsync(context, checkout, cancellationToken);
        }

        var (orderId, model) = await checkout.SubmitAsync(context, CheckoutInput.Read(form), cancellationToken);
        if (orderId is not { } id)
        {
            return Page(model!, GetStatus(model!));
        }

        context.Features.Get<VisitorSession>()?.CompleteJourney();
        return SeeOther($"/orders/{id}?placed=1");
    }

    private static async Task<IResult> ContinueAsync(
        HttpContext context, CheckoutProcess checkout, CancellationToken cancellationToken)
    {
        if (await context.ReadFormAsync() is not { } form)
        {
            return await ShowExpiredFormAsync(context, checkout, cancellationToken);
        }

        var sent = CheckoutInput.Read(form);
        var model = sent.Step is CheckoutStep.Payment
            ? await checkout.ShowAsync(context, sent with { Step = CheckoutStep.Delivery }, cancellationToken)
            : await checkout.ContinueAsync(context, sent, cancellationToken);
        return Page(model, model.Errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
    }

    // The visitor gets the form with a new token. It keeps its content only if a header of the browser names this shop as its sender: a
    // form of another site must not fill in an address.
    private static async Task<IResult> ShowExpiredFormAsync(
        HttpContext context, CheckoutProcess checkout, CancellationToken cancellationToken)
    {
        var model = context.Request.Headers["Sec-Fetch-Site"] == "same-origin"
            && await ReadUnverifiedFormAsync(context, cancellationToken) is { } form
            ? await checkout.ShowAsync(context, CheckoutInput.Read(form), cancellationToken)
            : await checkout.OpenAsync(context, CheckoutInput.Create(email: null, replaces: null), cancellationToken);
        return Page(model with { Problem = ProblemTexts.Find(ProblemTexts.FormExpired) }, StatusCodes.Status400BadRequest);
    }

    private static async Task<IFormCollection?> ReadUnverifiedFormAsync(HttpContext context, CancellationToken cancellationToken)
    {
        try
        {
            return context.Request.HasFormContentType ? await context.Request.ReadFormAsync(cancellationToken) : null;
        }
        catch (InvalidDataException)
        {
            return null; // no form of the shop has as many or as long fields
        }
    }

    private static int GetStatus(CheckoutModel model) => model switch
    {
        { IsRepetition: true } or { Cart: null } => StatusCodes.Status503ServiceUnavailable,
        { Errors.Count: > 0 } => StatusCodes.Status422UnprocessableEntity,
        _ => StatusCodes.Status409Conflict,
    };

    private static RazorComponentResult<CheckoutResponse> Page(CheckoutModel model, int status) =>
        new RazorComponentResult<CheckoutResponse>(new Dictionary<string, object?> { [nameof(CheckoutResponse.Model)] = model })
        {
            StatusCode = status,
        };
}
