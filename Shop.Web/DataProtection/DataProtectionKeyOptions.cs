using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Shop.Web.DataProtection;

/// <summary>The keys with which a service protects cookies and the tokens of forms.</summary>
public sealed class DataProtectionKeyOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shop:DataProtection";

    /// <summary>
    /// Secrets of at least 32 characters, by key id: 1 to 32 letters, digits or hyphens. The same in all replicas; all keys unprotect.
    /// To rotate, add a key first, then make it <see cref="CurrentKey"/>. Without keys, each machine has its own.
    /// </summary>
    public Dictionary<string, string> Keys { get; set; } = [];

    /// <summary>The id of the key that protects. Required when there are several keys.</summary>
    public string? CurrentKey { get; set; }
}

internal sealed partial class DataProtectionKeyOptionsValidator : IValidateOptions<DataProtectionKeyOptions>
{
    private const int MinSecretLength = 32;

    public ValidateOptionsResult Validate(string? name, DataProtectionKeyOptions options)
    {
        const string keys = $"{DataProtectionKeyOptions.Section}:{nameof(DataProtectionKeyOptions.Keys)}";
        const string currentKey = $"{DataProtectionKeyOptions.Section}:{nameof(DataProtectionKeyOptions.CurrentKey)}";
        var result = new ValidateOptionsResultBuilder();
        foreach (var (id, secret) in options.Keys)
        {
            if (!KeyId().IsMatch(id))
            {
                result.AddError($"{keys}: '{id}' is not a valid key id; expected 1 to 32 letters, digits or hyphens.");
            }
            else if (secret is not { Length: >= MinSecretLength })
            {
                // The message must not contain the secret, not even an invalid one.
                result.AddError($"{keys}:{id} is shorter than {MinSecretLength} characters.");
            }
        }

        if (options.CurrentKey is null ? options.Keys.Count > 1 : !options.Keys.ContainsKey(options.CurrentKey))
        {
            result.AddError($"{currentKey} must be the id of a key in {keys}.");
        }

        return result.Build();
    }

    [GeneratedRegex(@"\A[A-Za-z0-9-]{1,32}\z")]
    private static partial Regex KeyId();
}
