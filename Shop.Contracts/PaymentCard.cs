using System.ComponentModel.DataAnnotations;
using Shop.Telemetry;

namespace Shop.Contracts;

/// <summary>
/// The card that an order is paid with, as a token of the payment provider. The shop never receives the card number.
/// </summary>
/// <param name="CardToken">The payment provider's token: 1 to 64 letters, digits, hyphens and underscores.</param>
[PersonalData]
public sealed record PaymentCard(
    [Required, StringLength(64, MinimumLength = 1), RegularExpression(PaymentCard.CardTokenPattern)] string CardToken)
{
    internal const string CardTokenPattern = "^[A-Za-z0-9_-]+$";

    /// <summary>Returns the type name without any values.</summary>
    public override string ToString() => $"{nameof(PaymentCard)} (redacted)";
}
