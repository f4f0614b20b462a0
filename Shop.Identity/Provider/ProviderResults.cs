using Microsoft.AspNetCore.Authentication;
using OpenIddict.Server.AspNetCore;

namespace Shop.Identity.Provider;

internal static class ProviderResults
{
    /// <summary>Rejects a request with an error of OAuth 2.0 or OpenID Connect.</summary>
    /// <param name="error">The error code.</param>
    /// <param name="description">The reason, for developers.</param>
    public static IResult Reject(string error, string description) => Results.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
        }),
        [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
}
