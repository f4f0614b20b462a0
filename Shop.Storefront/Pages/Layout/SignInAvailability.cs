using Microsoft.AspNetCore.Authentication;

namespace Shop.Storefront.Pages.Layout;

/// <summary>Whether the pages offer to sign in: only where an OpenID Connect provider is configured.</summary>
internal sealed class SignInAvailability(IAuthenticationSchemeProvider schemes)
{
    // The scheme that is added together with the provider.
    private const string Scheme = "OpenIdConnect";

    /// <summary>Returns whether a visitor can sign in.</summary>
    public async Task<bool> IsAvailableAsync() => await schemes.GetSchemeAsync(Scheme) is not null;
}
