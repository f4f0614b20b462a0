using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Shop.Identity.Members;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Shop.Identity.Provider;

/// <summary>Issues tokens for a code, a refresh token or the credentials of a client, which OpenIddict has verified.</summary>
internal static class TokenEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext http, UserManager<ShopUser> users, Accounts accounts)
    {
        var request = http.GetOpenIddictServerRequest()
            ?? throw new InvalidOperationException("The request is not an OpenID Connect request.");
        if (request.IsClientCredentialsGrantType())
        {
            // OpenIddict has verified that the client may request the scopes. Each is a role.
            return SignIn(TokenPrincipal.Create(request.ClientId!, request.GetScopes()));
        }

        // The code or the refresh token.
        var token = (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal!;
        if (await users.FindByIdAsync(token.GetClaim(Claims.Subject)!) is not { } user
            || !TokenPrincipal.IsCurrent(token, user)
            || accounts.IsLockedByStaff(user))
        {
            return ProviderResults.Reject(
                Errors.InvalidGrant, "The account was deleted or locked, or its credentials have changed.");
        }

        return SignIn(await TokenPrincipal.CreateAsync(users, user, token.GetScopes()));
    }

    private static IResult SignIn(System.Security.Claims.ClaimsPrincipal principal) =>
        Results.SignIn(principal, authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
}
