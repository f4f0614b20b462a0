using System.Text.RegularExpressions;
using Shop.Contracts.Messages;

namespace Shop.Contracts;

/// <summary>
/// The rules that a checkout must follow to become an order. Cart applies them before it accepts a checkout, and Orders applies them to
/// each message, so Orders never rejects a checkout that Cart has accepted.
/// </summary>
public static partial class CheckoutRules
{
    /// <summary>Returns the first rule that the checkout breaks, without personal data, or null if it is valid.</summary>
    public static string? FindError(CheckoutSubmitted checkout)
    {
        if (checkout.OrderId == Guid.Empty)
        {
            return "The order id is missing.";
        }

        if (!CartIdRegex().IsFullMatch(checkout.CartId))
        {
            return "The cart id is missing or invalid.";
        }

        return FindErrorOfLines(checkout) ?? FindErrorOfCustomer(checkout);
    }

    private static string? FindErrorOfLines(CheckoutSubmitted checkout)
    {
        if (checkout.Lines is not { Count: > 0 and <= OrderLimits.MaxLines } lines)
        {
            return $"The number of lines must be between 1 and {OrderLimits.MaxLines}.";
        }

        if (lines.Any(line => !OrderLimits.IsSku(line?.Sku)
            || line!.Quantity is < OrderLimits.MinQuantity or > OrderLimits.MaxQuantity
            || line.UnitPrice.Amount < 0))
        {
            return "A line has no valid SKU, a quantity out of range or a negative price.";
        }

        // PostgreSQL cannot store NUL in a text.
        if (lines.Any(line => line.Name is null or { Length: > OrderLimits.MaxNameLength } || line.Name.Contains('\0')))
        {
            return $"A line has no name, or one that is invalid or longer than {OrderLimits.MaxNameLength} characters.";
        }

        if (lines.DistinctBy(line => line.Sku).Count() < lines.Count)
        {
            return "Two lines have the same SKU.";
        }

        if (!CurrencyCodes.Contains(checkout.Total.Currency) || lines.Any(line => line.UnitPrice.Currency != checkout.Total.Currency))
        {
            return "The lines and the total have different currencies, or the currency code is invalid.";
        }

        // Cannot overflow Int128, whatever the prices are.
        return lines.Aggregate(Int128.Zero, (sum, line) => sum + (Int128)line.UnitPrice.Amount * line.Quantity) == checkout.Total.Amount
            ? null
            : "The total is not the sum of the lines.";
    }

    private static string? FindErrorOfCustomer(CheckoutSubmitted checkout)
    {
        if (checkout.Recipient is not { Name.Length: > 0, Address.Length: > 0, Email.Length: > 0 }
            || (checkout.Payment is { } payment && !CardTokenRegex().IsFullMatch(payment.CardToken))
            || (checkout.Payment is null && checkout.Total.Amount > 0))
        {
            return "The recipient or the payment card is incomplete or invalid.";
        }

        var recipient = checkout.Recipient;
        if (!SingleLineRegex().IsFullMatch(recipient.Name)
            || !SingleLineRegex().IsFullMatch(recipient.Email)
            || !MultilineRegex().IsMatch(recipient.Address))
        {
            return "The recipient has control characters.";
        }

        if (checkout.CustomerId is not null && !CustomerIdRegex().IsFullMatch(checkout.CustomerId))
        {
            return "The customer id is invalid.";
        }

        if (checkout.SubmittedAt.Offset != TimeSpan.Zero)
        {
            return "The time of the checkout is not in UTC.";
        }

        return checkout.ContentHash is { Length: > ContentHash.MaxLength } ? "The content hash is too long." : null;
    }

    [GeneratedRegex(OrderLimits.CartIdPattern)]
    private static partial Regex CartIdRegex();

    [GeneratedRegex(OrderLimits.CustomerIdPattern)]
    private static partial Regex CustomerIdRegex();

    [GeneratedRegex(PaymentCard.CardTokenPattern)]
    private static partial Regex CardTokenRegex();

    [GeneratedRegex(TextPatterns.SingleLine)]
    private static partial Regex SingleLineRegex();

    [GeneratedRegex(TextPatterns.Multiline)]
    private static partial Regex MultilineRegex();
}
