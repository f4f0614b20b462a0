using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Shop.Data.PersonalData;

/// <summary>The keys that encrypt personal data.</summary>
public sealed class PersonalDataOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shop:PersonalData";

    /// <summary>
    /// Secrets of at least 32 characters, by key id: 1 to 32 letters, digits or hyphens. The id is stored with the data it encrypted. All
    /// keys decrypt. To rotate, add a key to every service first, then make it <see cref="CurrentKey"/>.
    /// </summary>
    [Required, MinLength(1)]
    public Dictionary<string, string> Keys { get; set; } = [];

    /// <summary>The id of the key that encrypts. Required when there are several keys.</summary>
    public string? CurrentKey { get; set; }

    internal string CurrentKeyId => CurrentKey ?? Keys.Keys.Single();
}

internal sealed partial class PersonalDataOptionsValidator : IValidateOptions<PersonalDataOptions>
{
    private const int MinSecretLength = 32;

    public ValidateOptionsResult Validate(string? name, PersonalDataOptions options)
    {
        const string keys = $"{PersonalDataOptions.Section}:{nameof(PersonalDataOptions.Keys)}";
        const string currentKey = $"{PersonalDataOptions.Section}:{nameof(PersonalDataOptions.CurrentKey)}";

        if (options.Keys.Count == 0)
        {
            return ValidateOptionsResult.Fail($"{keys} is empty: set {keys}:NAME to a secret of {MinSecretLength} or more characters.");
        }

        if (options.Keys.FirstOrDefault(key => !KeyId().IsMatch(key.Key)) is { Key: { } id })
        {
            return ValidateOptionsResult.Fail($"{keys}: '{id}' is not a valid key id; expected 1 to 32 letters, digits or hyphens.");
        }

        // The message must not contain the secret, not even an invalid one.
        if (options.Keys.FirstOrDefault(key => key.Value is not { Length: >= MinSecretLength }) is { Key: { } weak })
        {
            return ValidateOptionsResult.Fail($"{keys}:{weak} is shorter than {MinSecretLength} characters.");
        }

        if (options.CurrentKey is null && options.Keys.Count > 1)
        {
            return ValidateOptionsResult.Fail($"{currentKey} is missing: with several keys it must name the one that encrypts.");
        }

        if (options.CurrentKey is { } current && !options.Keys.ContainsKey(current))
        {
            return ValidateOptionsResult.Fail($"{currentKey} is '{current}', which is not a key in {keys}.");
        }

        return ValidateOptionsResult.Success;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9-]{1,32}\z")]
    private static partial Regex KeyId();
}
