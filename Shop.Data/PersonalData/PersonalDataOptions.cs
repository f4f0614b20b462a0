using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Shop.Data.PersonalData;

/// <summary>The keys that personal data is encrypted with.</summary>
public sealed class PersonalDataOptions
{
    public const string Section = "Shop:PersonalData";

    /// <summary>
    /// Each a secret of at least 32 characters under a short name, which is stored with what it encrypted. All of them read; to rotate,
    /// add one everywhere first, then write with it.
    /// </summary>
    [Required, MinLength(1)]
    public Dictionary<string, string> Keys { get; set; } = [];

    /// <summary>The name of the key that writes. Needed when there is more than one.</summary>
    public string? CurrentKey { get; set; }

    internal string Writer => CurrentKey ?? Keys.Keys.Single();
}

internal sealed partial class PersonalDataOptionsValidator : IValidateOptions<PersonalDataOptions>
{
    private const int MinSecretLength = 32;

    public ValidateOptionsResult Validate(string? name, PersonalDataOptions options)
    {
        const string keys = $"{PersonalDataOptions.Section}:{nameof(PersonalDataOptions.Keys)}";
        const string writeWith = $"{PersonalDataOptions.Section}:{nameof(PersonalDataOptions.CurrentKey)}";

        if (options.Keys.Count == 0)
            return ValidateOptionsResult.Fail($"{keys} is empty: at least one key is needed, {keys}:NAME with a secret of {MinSecretLength} or more characters.");
        if (options.Keys.FirstOrDefault(key => !KeyId().IsMatch(key.Key)) is { Key: { } id })
            return ValidateOptionsResult.Fail($"{keys}: '{id}' is no name for a key; it takes 1 to 32 letters, digits or hyphens.");
        // Never the secret itself, not even a wrong one.
        if (options.Keys.FirstOrDefault(key => key.Value is not { Length: >= MinSecretLength }) is { Key: { } weak })
            return ValidateOptionsResult.Fail($"{keys}:{weak} is shorter than {MinSecretLength} characters.");
        if (options.CurrentKey is null && options.Keys.Count > 1)
            return ValidateOptionsResult.Fail($"{writeWith} is missing: there are several keys, and one of them must write.");
        if (options.CurrentKey is { } writer && !options.Keys.ContainsKey(writer))
            return ValidateOptionsResult.Fail($"{writeWith} is '{writer}', and there is no key of that name in {keys}.");
        return ValidateOptionsResult.Success;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9-]{1,32}\z")]
    private static partial Regex KeyId();
}
