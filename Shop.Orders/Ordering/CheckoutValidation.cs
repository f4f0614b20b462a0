using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Messaging;

namespace Shop.Orders.Ordering;

/// <summary>Validates checkout messages. Cart publishes valid checkouts only; other publishers might not.</summary>
internal static class CheckoutValidation
{
    private const int MaxLines = 100;
    private const int MaxQuantity = 99;

    /// <exception cref="InvalidMessageException">The checkout can never become an order.</exception>
    public static void ThrowIfInvalid(CheckoutSubmitted checkout)
    {
        if (FindError(checkout) is { } error)
        {
            throw new InvalidMessageException($"Checkout {checkout.OrderId} is invalid: {error}");
        }
    }

    // Error messages are logged and stored in the error queue: no message contains personal data.
    private static string? FindError(CheckoutSubmitted checkout)
    {
        if (checkout.OrderId == Guid.Empty)
        {
            return "The order id is missing.";
        }

        if (string.IsNullOrWhiteSpace(checkout.CartId))
        {
            return "The cart id is missing.";
        }

        if (checkout.Lines is not { Count: > 0 and <= MaxLines } lines)
        {
            return $"The number of lines must be between 1 and {MaxLines}.";
        }

        if (lines.Any(line => string.IsNullOrWhiteSpace(line.Sku) || line.Quantity is < 1 or > MaxQuantity || line.UnitPrice.Amount < 0))
        {
            return "A line has no SKU, a quantity out of range or a negative price.";
        }

        if (lines.DistinctBy(line => line.Sku).Count() < lines.Count)
        {
            return "Two lines have the same SKU.";
        }

        if (lines.Any(line => line.UnitPrice.Currency != checkout.Total.Currency))
        {
            return "The lines and the total have different currencies.";
        }

        if (Money.Sum(lines.Select(line => line.UnitPrice * line.Quantity)) != checkout.Total)
        {
            return "The total is not the sum of the lines.";
        }

        if (checkout.Recipient is not { Name.Length: > 0, Address.Length: > 0, Email.Length: > 0 }
            || checkout.Payment is not { CardToken.Length: > 0 })
        {
            return "The recipient or the payment card is incomplete.";
        }

        return null;
    }
}
