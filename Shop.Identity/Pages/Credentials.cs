using System.ComponentModel.DataAnnotations;
using Shop.Identity.Members;

namespace Shop.Identity.Pages;

/// <summary>The fields of the forms for sign-in and registration.</summary>
[Telemetry.PersonalData]
internal sealed class Credentials
{
    // PostgreSQL stores no text with U+0000, and no keyboard types the others into a field.
    private const string NoControlCharacters = @"\A\P{Cc}*\z";

    /// <summary>The email address.</summary>
    [Required(ErrorMessage = "Enter your email address.")]
    [EmailAddress(ErrorMessage = "Enter an email address, such as name@example.com.")]
    [RegularExpression(NoControlCharacters, ErrorMessage = "The email address contains a character that cannot be typed.")]
    [StringLength(254, ErrorMessage = "The email address is too long.")]
    public string Email { get; set; } = "";

    /// <summary>The password.</summary>
    [Required(ErrorMessage = "Enter your password.")]
    [StringLength(PasswordRules.MaxLength, ErrorMessage = "The password is too long.")]
    [RegularExpression(NoControlCharacters, ErrorMessage = "The password contains a character that cannot be typed.")]
    public string Password { get; set; } = "";

    /// <inheritdoc />
    public override string ToString() => nameof(Credentials);
}
