using System.ComponentModel.DataAnnotations;
using Shop.Telemetry;

namespace Shop.Contracts;

/// <summary>The person that an order is shipped to.</summary>
/// <param name="Name">Full name in one line, 1 to 100 characters.</param>
/// <param name="Address">Postal address, 1 to 300 characters. It may have line breaks.</param>
/// <param name="Email">Email address, at most 254 characters.</param>
[PersonalData]
public sealed record Recipient(
    [Required, StringLength(100, MinimumLength = 1)]
    [RegularExpression(TextPatterns.SingleLine, ErrorMessage = TextPatterns.SingleLineError)]
    string Name,
    [Required, StringLength(300, MinimumLength = 1)]
    [RegularExpression(TextPatterns.Multiline, ErrorMessage = TextPatterns.MultilineError)]
    string Address,
    [Required, EmailAddress, StringLength(254)]
    [RegularExpression(TextPatterns.SingleLine, ErrorMessage = TextPatterns.SingleLineError)]
    string Email)
{
    /// <summary>Returns the type name without any values.</summary>
    public override string ToString() => $"{nameof(Recipient)} (redacted)";
}
