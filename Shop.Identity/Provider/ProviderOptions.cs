using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Identity.Provider;

/// <summary>Settings of the OpenID Connect provider.</summary>
public sealed class ProviderOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Identity";

    /// <summary>
    /// The address under which browsers reach this service: that of the storefront and <c>/sso</c>, such as
    /// <c>https://shop.example.com/sso</c>. It is the issuer of the tokens.
    /// </summary>
    [Required, RegularExpression("^https?://[^/?#]+/sso$")]
    public string Issuer { get; set; } = "";

    /// <summary>
    /// Secret of at least 32 characters from which the keys are derived that sign tokens and encrypt authorization codes. All replicas have
    /// the same. A new secret makes the tokens of the old one invalid: members sign in again.
    /// </summary>
    [Required, MinLength(32)]
    public string SigningKey { get; set; } = "";

    /// <summary>Secret of the client <c>storefront</c>, of at least 32 characters.</summary>
    [Required, MinLength(32)]
    public string StorefrontSecret { get; set; } = "";

    /// <summary>
    /// The address under which the browsers of staff reach Insights, such as <c>https://insights.example.com</c>. The client
    /// <c>shop-insights</c> exists with this address and <see cref="InsightsSecret"/> only.
    /// </summary>
    [RegularExpression("^https?://[^/?#]+$")]
    public string? InsightsUrl { get; set; }

    /// <summary>Secret of the client <c>shop-insights</c>, of at least 32 characters.</summary>
    [MinLength(32)]
    public string? InsightsSecret { get; set; }

    /// <summary>
    /// Secret of the client <c>shop-tools</c>, of at least 32 characters, which requests the roles <c>member</c>
    /// and <c>staff</c> as scopes. The client exists in
    /// Development only, and not without a secret.
    /// </summary>
    [MinLength(32)]
    public string? ToolsSecret { get; set; }

    /// <summary>
    /// How long an access token is valid. A member who is deleted or loses a role is no longer accepted after that time. 10 s to 1 d.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Sign-ins, registrations and token requests of one address per minute; further ones are rejected with 429. Requests of other services
    /// do not count. 1 to 1,000,000.
    /// </summary>
    [Range(1, 1_000_000)]
    public int AttemptsPerMinute { get; set; } = 20;

    internal Uri IssuerUri => new(Issuer);

    /// <summary>
    /// Names and protects a cookie of the provider. On HTTPS, browsers accept the prefix <c>__Secure-</c> with the path of the provider;
    /// <c>__Host-</c> needs the path of the whole host.
    /// </summary>
    internal void ConfigureCookie(CookieBuilder cookie, string name)
    {
        var isHttps = IssuerUri.Scheme == Uri.UriSchemeHttps;
        cookie.Name = isHttps ? $"__Secure-{name}" : name;
        cookie.SecurePolicy = isHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        cookie.SameSite = SameSiteMode.Lax; // Not Strict: a visitor who comes from another site would get a new one.
        cookie.Path = "/sso";
    }
}

[OptionsValidator]
internal sealed partial class ProviderOptionsValidator : IValidateOptions<ProviderOptions>;
