using Microsoft.AspNetCore.Identity;

namespace Shop.Identity.Members;

/// <summary>Rejects common passwords (NIST SP 800-63B, section 3.1.1.2).</summary>
internal sealed class PasswordRules : IPasswordValidator<ShopUser>
{
    /// <summary>Minimum length of a password, in characters.</summary>
    public const int MinLength = 12;

    /// <summary>Maximum length of a password, in characters.</summary>
    public const int MaxLength = 128;

    private const int MinDistinctCharacters = 5;

    // Entries of common password lists that have 12 or more characters, without the digits at their end.
    private static readonly string[] _common =
    [
        "password", "passwordpassword", "qwertyuiop", "qwertyuiopasdfghjkl", "qwertyqwerty", "abcdefghijkl", "abcdefghijklmnopqrstuvwxyz",
        "letmeinletmein", "iloveyouiloveyou", "administrator", "welcomewelcome", "changemechangeme", "trustnotrustno", "unbelievable",
        "correcthorsebatterystaple", "asdfghjklasdfghjkl", "qazwsxedcrfv", "zaqxswcdevfr", "shoppingcarts",
    ];

    public Task<IdentityResult> ValidateAsync(UserManager<ShopUser> manager, ShopUser user, string? password) =>
        Task.FromResult(password is null || IsCommon(password) || ContainsAddress(password, user.Email)
            ? IdentityResult.Failed(new IdentityError { Code = "PasswordTooCommon", Description = "The password is easy to guess." })
            : IdentityResult.Success);

    private static bool IsCommon(string password)
    {
        var text = password.ToLowerInvariant();
        return text.Distinct().Count() < MinDistinctCharacters
            || "12345678901234567890".Contains(text, StringComparison.Ordinal)
            || _common.Contains(text.TrimEnd("0123456789!.?".ToCharArray()));
    }

    private static bool ContainsAddress(string password, string? email) =>
        email?.Split('@')[0] is { Length: >= 4 } name && password.Contains(name, StringComparison.OrdinalIgnoreCase);
}
