using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Insights.SignIn;

/// <summary>The OpenID Connect provider at which staff sign in to Insights.</summary>
public sealed class StaffSignInOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:SignIn";

    /// <summary>
    /// The address of the provider, as browsers reach it and as the provider names itself in tokens. Without it, nobody can sign in, and
    /// requests for pages are rejected. Bearer tokens are accepted as <c>Authentication:Schemes:Bearer</c> says.
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
    public string ClientId { get; set; } = "shop-insights";

    /// <summary>The secret of this service at the provider. Required with <see cref="Authority"/>.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>
    /// How long a sign-in is valid. Then the browser is sent to the provider again, which asks for a password only if its own session has
    /// ended. A person who loses the role is rejected after that time. 1 min to 1 d.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromMinutes(15);
}

[OptionsValidator]
internal sealed partial class StaffSignInAnnotationsValidator : IValidateOptions<StaffSignInOptions>;

internal sealed class StaffSignInOptionsValidator : IValidateOptions<StaffSignInOptions>
{
    private readonly StaffSignInAnnotationsValidator _annotations = new();

    public ValidateOptionsResult Validate(string? name, StaffSignInOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        result.AddResult(_annotations.Validate(name, options));
        if (!string.IsNullOrEmpty(options.Authority) && string.IsNullOrEmpty(options.ClientSecret))
        {
            result.AddError(
                $"{StaffSignInOptions.Section}:{nameof(options.ClientSecret)} is required with "
                + $"{StaffSignInOptions.Section}:{nameof(options.Authority)}.");
        }

        return result.Build();
    }
}
