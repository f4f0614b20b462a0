using Microsoft.Extensions.Options;

namespace Shop.Web.Authentication;

/// <summary>What ASP.NET Core reads from the section of the bearer scheme, and can fail at every request if it is unusable.</summary>
internal sealed class BearerSettings
{
    public const string ConfigurationSection = "Authentication:Schemes:Bearer";

    public string? Authority { get; set; }

    public string? MetadataAddress { get; set; }

    public bool RequireHttpsMetadata { get; set; } = true;

    public List<SigningKey> SigningKeys { get; } = [];

    internal sealed class SigningKey
    {
        public string? Value { get; set; }
    }
}

internal sealed class BearerSettingsValidator : IValidateOptions<BearerSettings>
{
    public ValidateOptionsResult Validate(string? name, BearerSettings options)
    {
        var result = new ValidateOptionsResultBuilder();
        foreach (var (setting, address) in (ReadOnlySpan<(string, string?)>)
            [(nameof(options.Authority), options.Authority), (nameof(options.MetadataAddress), options.MetadataAddress)])
        {
            if (!string.IsNullOrEmpty(address) && !IsAddress(address, options.RequireHttpsMetadata))
            {
                result.AddError(
                    $"{BearerSettings.ConfigurationSection}:{setting} must be an https address, or with RequireHttpsMetadata=false an "
                    + "http address.");
            }
        }

        for (var i = 0; i < options.SigningKeys.Count; i++)
        {
            if (options.SigningKeys[i].Value is { } value && !IsKey(value))
            {
                result.AddError($"{BearerSettings.ConfigurationSection}:SigningKeys:{i}:Value must be a key in base64.");
            }
        }

        return result.Build();
    }

    private static bool IsAddress(string text, bool requiresHttps) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttps || (!requiresHttps && address.Scheme == Uri.UriSchemeHttp));

    private static bool IsKey(string text) =>
        Convert.TryFromBase64String(text, new byte[text.Length], out var length) && length > 0;
}
