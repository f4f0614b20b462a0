using System.Globalization;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Shop.Web.Authentication;

/// <summary>
/// The settings of the bearer scheme that ASP.NET Core reads. They are validated at the start, because each request would fail otherwise.
/// </summary>
internal sealed class BearerSettings
{
    public const string ConfigurationSection = "Authentication:Schemes:Bearer";

    public string? Authority { get; set; }

    public string? MetadataAddress { get; set; }

    public bool RequireHttpsMetadata { get; set; } = true;

    public string? BackchannelTimeout { get; set; }

    public string? RefreshInterval { get; set; }

    public string? AutomaticRefreshInterval { get; set; }

    public List<SigningKey> SigningKeys { get; } = [];

    internal sealed class SigningKey
    {
        public string? Value { get; set; }
    }
}

internal sealed class BearerSettingsValidator : IValidateOptions<BearerSettings>
{
    // HttpClient has no longer timeout than 24 days.
    private static readonly TimeSpan _maxTime = TimeSpan.FromDays(20);

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

        // The least values of the two intervals are those of ConfigurationManager.
        foreach (var (setting, text, least) in (ReadOnlySpan<(string, string?, TimeSpan)>)
            [
                (nameof(options.BackchannelTimeout), options.BackchannelTimeout, TimeSpan.FromMilliseconds(100)),
                (nameof(options.RefreshInterval), options.RefreshInterval, BaseConfigurationManager.MinimumRefreshInterval),
                (nameof(options.AutomaticRefreshInterval), options.AutomaticRefreshInterval,
                    BaseConfigurationManager.MinimumAutomaticRefreshInterval),
            ])
        {
            if (!string.IsNullOrEmpty(text) && !IsTime(text, least))
            {
                result.AddError($"{BearerSettings.ConfigurationSection}:{setting} must be a time from {least} to {_maxTime}.");
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

    private static bool IsTime(string text, TimeSpan least) =>
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time >= least && time <= _maxTime;

    private static bool IsKey(string text) =>
        Convert.TryFromBase64String(text, new byte[text.Length], out var length) && length > 0;
}
