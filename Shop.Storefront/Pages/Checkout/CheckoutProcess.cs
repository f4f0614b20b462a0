using Shop.Contracts;
using Shop.Storefront.Clients;
using Shop.Storefront.Experiments;
using Shop.Storefront.Pages.Layout;

namespace Shop.Storefront.Pages.Checkout;

/// <summary>Shows the checkout form and carries it out.</summary>
internal sealed class CheckoutProcess(CartClient carts, OrdersClient orders, CartCookie cookie, ExperimentVariants variants)
{
    /// <summary>Shows a new form with the visitor's cart, of one or two pages.</summary>
    public async Task<CheckoutModel> OpenAsync(HttpContext context, CheckoutInput form, CancellationToken cancellationToken)
    {
        var model = await ShowAsync(context, form, cancellationToken);
        return model.HasForm
            && await variants.GetAsync(ShopExperiments.Checkout.Name, cancellationToken) == ShopExperiments.Checkout.TwoSteps
                ? model with { Form = model.Form with { Step = CheckoutStep.Delivery } }
                : model;
    }

    /// <summary>Shows the next step of a form, if the fields of this one are complete.</summary>
    public async Task<CheckoutModel> ContinueAsync(HttpContext context, CheckoutInput form, CancellationToken cancellationToken)
    {
        IReadOnlyList<FieldError> errors = [.. CheckoutFields.FindMissing(form).Where(error => error.Field != CheckoutFields.Card)];
        var step = errors.Count > 0 ? CheckoutStep.Delivery : CheckoutStep.Payment;
        return await ShowAsync(context, form with { Step = step }, cancellationToken) with { Errors = errors };
    }

    /// <summary>Shows a form with the visitor's cart.</summary>
    public async Task<CheckoutModel> ShowAsync(HttpContext context, CheckoutInput form, CancellationToken cancellationToken)
    {
        if (cookie.Find(context) is not { } cart)
        {
            return new CheckoutModel(form, CartContents.Empty);
        }

        var contents = await carts.ReadForCheckoutAsync(cart.CartId, cancellationToken);
        return new CheckoutModel(form, contents.Value, contents.Succeeded ? null : ProblemTexts.Get(contents.Problem));
    }

    /// <summary>Sends the form. Returns the order, or the model of the page that shows why there is none.</summary>
    public async Task<(Guid? OrderId, CheckoutModel? Model)> SubmitAsync(
        HttpContext context, CheckoutInput form, CancellationToken cancellationToken)
    {
        if (cookie.Find(context) is not { } cart)
        {
            return (null, await ShowAsync(context, form, cancellationToken));
        }

        var errors = CheckoutFields.FindMissing(form);
        if (errors.Count > 0 || form.ExpectedTotal is not { } total)
        {
            return (null, await ShowAsync(context, form, cancellationToken) with { Errors = errors });
        }

        var payment = form.Card.Length > 0 ? new PaymentCard(form.Card) : null;
        var checkout = new CheckoutRequest(new Recipient(form.Name, form.Address, form.Email), payment, total, form.Replaces);
        var accepted = await carts.CheckOutAsync(cart.CartId, form.Key, checkout, cancellationToken);
        if (accepted.Succeeded)
        {
            // The order takes its lines out of the cart when it is confirmed.
            cookie.Set(context, cart with { ItemCount = null, IsOrdered = true });
            return (accepted.Value.OrderId, null);
        }

        return (null, await ExplainAsync(context, form, accepted.Problem, cancellationToken));
    }

    private async Task<CheckoutModel> ExplainAsync(
        HttpContext context, CheckoutInput form, ServiceProblem problem, CancellationToken cancellationToken)
    {
        // Whether the order was placed is not known, so the form keeps its key: sent again, it cannot order twice.
        if (problem.IsTemporary)
        {
            // A service that has not answered would not answer a second call either, and the page is sent before the request times out.
            var model = problem.Code is ServiceProblem.UnconfirmedCode
                ? new CheckoutModel(form, null)
                : await ShowAsync(context, form, cancellationToken);
            return model with { Problem = Unconfirmed(problem), IsRepetition = true };
        }

        var errors = CheckoutFields.Explain(problem.InvalidFields);
        if (errors.Count > 0)
        {
            return await ShowAsync(context, form, cancellationToken) with { Errors = errors };
        }

        // Nothing was ordered with this key, or it belongs to an earlier order: the next attempt is another one.
        var next = form.Renew() with { Replaces = null };
        var shown = await ShowAsync(context, next, cancellationToken) with
        {
            Problem = ProblemTexts.Get(problem),
            OrderId = problem.OrderId,
        };
        return problem switch
        {
            { Code: ServiceProblem.SignInRequiredCode or ServiceProblem.AccountNotAllowedCode } => shown with { MustSignIn = true },
            { Code: "checkout_in_progress" } => shown with { MayReplace = true },
            { Code: "idempotency_key_reused", OrderId: { } orderId } when await HasFailedAsync(orderId, cancellationToken) => shown with
            {
                Problem = new(
                    "Your earlier attempt did not go through",
                    "Its order was not carried out and costs nothing. Please check the form, and place the order again."),
            },
            _ => shown,
        };
    }

    private async Task<bool> HasFailedAsync(Guid orderId, CancellationToken cancellationToken) =>
        (await orders.FindAsync(orderId, cancellationToken)).Value is { Status: "Rejected" or "Cancelled" };

    private static ProblemText Unconfirmed(ServiceProblem problem) => problem.Code is ServiceProblem.UnconfirmedCode
        ? new(
            "We could not place your order for certain",
            "Please place it again with the button below. Even if the first attempt has reached us, you pay only once.")
        : ProblemTexts.Get(problem);
}
