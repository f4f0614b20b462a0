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

    /// <summary>
    /// Compares a repeated checkout with the stored order. The names of products may have changed in between, and a guest may have signed
    /// in or a member out.
    /// </summary>
    /// <exception cref="InvalidMessageException">The checkout has the id of an order with another content.</exception>
    public static void ThrowIfDifferent(CheckoutSubmitted checkout, Order order)
    {
        var difference = checkout switch
        {
            _ when checkout.CartId != order.CartId => "cart",
            _ when checkout.Total != order.Total => "total",
            _ when !checkout.Lines.Select(line => (line.Sku, line.Quantity, line.UnitPrice)).ToHashSet()
                .SetEquals(order.Lines.Select(line => (line.Sku, line.Quantity, line.UnitPrice))) => "lines",
            _ when ContentHash.Differs(checkout.ContentHash, order.ContentHash) => "content hash",
            _ when checkout.CustomerId is { } customer && order.CustomerId is { } stored && customer != stored => "customer",
            _ => null,
        };
        if (difference is not null)
        {
            throw new InvalidMessageException(
                $"Checkout {checkout.OrderId} differs from the order that is stored under this id: the {difference} is not the same.");
        }
    }
}
