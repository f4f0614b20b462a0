using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Messaging;

namespace Shop.Orders.Ordering;

/// <summary>Validates checkout messages by the rules that Cart applies before it accepts a checkout. Other publishers might not.</summary>
internal static class CheckoutValidation
{
    /// <exception cref="InvalidMessageException">The checkout can never become an order.</exception>
    public static void ThrowIfInvalid(CheckoutSubmitted checkout)
    {
        if (CheckoutRules.FindError(checkout) is { } error)
        {
            throw new InvalidMessageException($"Checkout {checkout.OrderId} is invalid: {error}");
        }
    }
}
