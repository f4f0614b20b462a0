using System.ComponentModel.DataAnnotations;
using Shop.Telemetry;

namespace Shop.Contracts;

// Types that hold personal data say nothing about it as text: a log line, a span or an exception message that
// gets hold of one shows its name only. Serializers read the properties and are not affected.
// A log method that takes one, or a record with one in it, does not compile (LOGGEN035).

/// <summary>Who gets the goods.</summary>
[PersonalData]
public sealed record Recipient(
    [Required, StringLength(100, MinimumLength = 1)] string Name,
    [Required, StringLength(300, MinimumLength = 1)] string Address,
    [Required, EmailAddress, StringLength(254)] string Email)
{
    public override string ToString() => $"{nameof(Recipient)} (redacted)";
}

/// <summary>The payment provider's token for a card; the number itself never comes near the shop.</summary>
[PersonalData]
public sealed record PaymentCard(
    [Required, StringLength(64, MinimumLength = 1), RegularExpression("^[A-Za-z0-9_-]+$")] string CardToken)
{
    public override string ToString() => $"{nameof(PaymentCard)} (redacted)";
}
