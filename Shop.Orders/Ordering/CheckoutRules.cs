using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Messaging;

namespace Shop.Orders.Ordering;

/// <summary>What a checkout must be before it can become an order. Cart sees to it; who else publishes one is held to it as well.</summary>
internal static class CheckoutRules
{
    private const int MostLines = 100;
    private const int MostPieces = 99;

    public static void ThrowIfInvalid(CheckoutSubmitted checkout)
    {
        if (Problem(checkout) is { } problem)
            throw new InvalidMessageException($"Checkout {checkout.OrderId}: {problem}");
    }

    private static string? Problem(CheckoutSubmitted checkout)
    {
        if (checkout.OrderId == Guid.Empty)
            return "no order id";
        if (string.IsNullOrWhiteSpace(checkout.CartId))
            return "no cart id";
        if (checkout.Lines is not { Count: > 0 and <= MostLines } lines)
            return $"not 1 to {MostLines} lines";
        if (lines.Any(line => string.IsNullOrWhiteSpace(line.Sku) || line.Quantity is < 1 or > MostPieces || line.UnitPrice.Amount < 0))
            return "a line without SKU, with a quantity out of range or a negative price";
        if (lines.DistinctBy(line => line.Sku).Count() < lines.Count)
            return "two lines with the same SKU";
        if (lines.Any(line => line.UnitPrice.Currency != checkout.Total.Currency))
            return "more than one currency";
        if (Money.Sum(lines.Select(line => line.UnitPrice * line.Quantity)) != checkout.Total)
            return "the total is not the sum of the lines";
        if (checkout.Recipient is not { Name.Length: > 0, Address.Length: > 0, Email.Length: > 0 } || checkout.Payment is not { CardToken.Length: > 0 })
            return "recipient or payment is incomplete";
        return null;
    }
}
