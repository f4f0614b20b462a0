using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Storefront.SignIn;

/// <summary>The OpenID Connect provider at which visitors sign in.</summary>
public sealed class SignInOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "SignIn";

    /// <summary>
    /// The address of the provider, as browsers reach it and as the provider names itself in tokens. Without it, nobody can sign in.
    /// </summary>
    [Url]
    public string? Authority { get; set; }

    /// <summary>
    /// The name of the service that is the provider, if it runs with the application: this service then calls it directly. Without it, the
    /// provider is called at <see cref="Authority"/>.
    /// </summary>
    public string? InternalService { get; set; }

    /// <summary>The id of this service at the provider.</summary>
    [Required]
    public string ClientId { get; set; } = "storefront";

    /// <summary>The secret of this service at the provider.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>
    /// Secret of at least 32 characters from which the ids of members' carts are computed. Required with <see cref="Authority"/>. With
    /// another secret, members find empty carts.
    /// </summary>
    [MinLength(32)]
    public string? CartKey { get; set; }

    /// <summary>The origin of a provider that browsers do not reach through this service.</summary>
    internal string? ExternalOrigin =>
        string.IsNullOrEmpty(InternalService) && Uri.TryCreate(Authority, UriKind.Absolute, out var address)
            ? address.GetLeftPart(UriPartial.Authority)
            : null;
}

[OptionsValidator]
internal sealed partial class SignInAnnotationsValidator : IValidateOptions<SignInOptions>;

internal sealed class SignInOptionsValidator : IValidateOptions<SignInOptions>
{
    private readonly SignInAnnotationsValidator _annotations = new();

    public ValidateOptionsResult Validate(string? name, SignInOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        result.AddResult(_annotations.Validate(name, options));
        if (!string.IsNullOrEmpty(options.Authority))
        {
            Require(options.ClientSecret, nameof(options.ClientSecret));
            Require(options.CartKey, nameof(options.CartKey));
        }

        return result.Build();

        void Require(string? value, string setting)
        {
            if (string.IsNullOrEmpty(value))
            {
                result.AddError($"{SignInOptions.Section}:{setting} is required with {SignInOptions.Section}:Authority.");
            }
        }
    }
}
