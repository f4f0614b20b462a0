using Shop.Contracts;
using Shop.Storefront.Clients;

namespace Shop.Storefront.Pages.Layout;

/// <summary>The one place that turns the codes of the services into words for visitors. No text of a service reaches a page.</summary>
internal static class ProblemTexts
{
    /// <summary>The code of a form that was sent without its token: it is older than its cookie, or comes from another site.</summary>
    public const string FormExpired = "form_expired";

    /// <summary>The code of a quantity that is no number from 1 to 99.</summary>
    public const string InvalidQuantity = "invalid_quantity";

    /// <summary>Returns what a code means for the visitor, or null if the code is unknown, for example in an edited address.</summary>
    public static ProblemText? Find(string? code) => code switch
    {
        "cart_changed" => new(
            "Your cart has changed",
            "It was changed in another tab while you were ordering. Please check it and place the order again. Nothing was ordered."),
        "cart_empty" => new("Your cart is empty", "It may have been ordered or emptied in another tab. Nothing was ordered now."),
        "cart_full" => new("Your cart is full", "A cart holds a limited number of different products. Order these first, or remove one."),
        "checkout_in_progress" => new(
            "An order of this cart is still being processed",
            "So that you do not buy everything twice, nothing was ordered now. Wait for that order, or replace it with this one."),
        "idempotency_key_reused" => new(
            "This form has already been sent",
            "It created the order below, which is unchanged. To order what is in your cart now as well, place the order again."),
        "invalid_order" or "mixed_currencies" => new(
            "These products cannot be ordered together",
            "They are priced in different currencies, or their total is too large. Please order them separately."),
        "lines_unavailable" => new(
            "Something in your cart cannot be bought any more",
            "Please lower its quantity or remove it, and place the order then. Nothing was ordered."),
        "order_not_replaceable" => new(
            "The earlier order is already paid",
            "It cannot be replaced any more. Nothing else was ordered."),
        "price_changed" => new(
            "The price has changed",
            "The new total is shown below. Place the order again if you agree. Nothing was ordered."),
        "prices_unavailable" or "orders_unavailable" => new(
            "We cannot take orders at the moment",
            "Your cart and what you entered are kept. Please try again in a moment. Nothing was ordered."),
        "unknown_product" => new("This product is not sold any more", "It was not added to your cart."),
        "not_cancellable" => new("The order can no longer be cancelled", "It has been paid or has ended meanwhile."),
        "unknown_order" => new("We do not know this order", "Please check the address of the page."),
        InvalidQuantity => new(
            $"Please choose a quantity from {OrderLimits.MinQuantity} to {OrderLimits.MaxQuantity}", "Nothing was changed."),
        FormExpired => new(
            "Please send the form once more",
            "It was open for a long time, or was not sent from this shop. Nothing was changed."),
        ServiceProblem.SignInRequiredCode => new(
            "Please sign in again",
            "It is a while since you signed in. Your cart is kept, and nothing was ordered or changed."),
        ServiceProblem.AccountNotAllowedCode => new(
            "This account cannot do that",
            "It is not a customer's account. Sign in with another one, or sign out to order as a guest. Nothing was ordered or changed."),
        ServiceProblem.BusyCode => new("That was a little fast", "Nothing was changed. Please try again in a few seconds."),
        ServiceProblem.InvalidCode => new("That did not work", "Please check what you entered, and try again. Nothing was changed."),
        ServiceProblem.UnavailableCode => new(
            "This part of the shop is not available at the moment", "Please try again in a moment."),
        ServiceProblem.UnconfirmedCode => new(
            "We do not know whether that worked",
            "The shop did not answer in time. Look at your cart or your order before you try again."),
        _ => null,
    };

    /// <summary>Returns what a problem means for the visitor.</summary>
    public static ProblemText Get(ServiceProblem problem) =>
        Find(problem.Code) ?? Find(problem.IsTemporary ? ServiceProblem.UnavailableCode : ServiceProblem.InvalidCode)!;

    /// <summary>Returns why a product of the cart cannot be bought, or null if it can.</summary>
    public static string? OfLine(CartContentsLine line) => line switch
    {
        { Problem: null } => null,
        { Problem: "out_of_stock", Available: > 0 } => $"Only {line.Available} left. Please lower the quantity.",
        { Problem: "out_of_stock" } => "Sold out. Please remove it to order the rest.",
        { Problem: "unknown_product" } => "Not sold any more. Please remove it to order the rest.",
        _ => "Cannot be bought at the moment.",
    };

    /// <summary>Returns why an order ended without a purchase, and what the customer can do.</summary>
    public static string OfReason(string? reason) => reason switch
    {
        "out_of_stock" or "reservation_lost" => "Somebody else was faster: a product was sold out before it was yours.",
        "payment_declined" => "Your bank declined the card.",
        "insufficient_funds" => "The card does not have sufficient funds.",
        "card_expired" => "The card has expired.",
        "payment_not_confirmed" => "The payment was not confirmed with your bank in time.",
        "payment_withdrawn" => "Your bank withdrew the payment.",
        "checkout_expired" or "processing_timed_out" => "We could not process the order in time. We are sorry.",
        "recipient_erased" => "The name and address were erased before the order was complete.",
        "changed_mind" => "You cancelled it.",
        "replaced" => "You replaced it with another order.",
        _ => "It could not be carried out.",
    };
}

/// <summary>The words for a problem on a page.</summary>
/// <param name="Title">The problem, without a final period.</param>
/// <param name="Advice">Its consequence, and the next step of the visitor.</param>
public sealed record ProblemText(string Title, string Advice);
