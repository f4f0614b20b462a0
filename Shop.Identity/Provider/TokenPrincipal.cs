using System.Collections.Immutable;
using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Shop.Identity.Members;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Shop.Identity.Provider;

/// <summary>Creates the principals from which OpenIddict issues tokens.</summary>
internal static class TokenPrincipal
{
    private const string Audience = "shop";

    // Compared at each refresh, and never part of a token that another service reads. A new password changes it. A new role does not:
    // roles are read again at each refresh.
    private const string SecurityStamp = "security_stamp";

    /// <summary>Creates the principal of a person.</summary>
    /// <param name="users">The users.</param>
    /// <param name="user">The person.</param>
    /// <param name="scopes">The scopes of the request.</param>
    public static async Task<ClaimsPrincipal> CreateAsync(UserManager<ShopUser> users, ShopUser user, IEnumerable<string> scopes)
    {
        var identity = CreateIdentity(user.Id.ToString(), await users.GetRolesAsync(user));
        identity.SetClaim(SecurityStamp, user.SecurityStamp);
        var principal = new ClaimsPrincipal(identity);
        principal.SetScopes(scopes);
        if (principal.HasScope(Scopes.Email))
        {
            identity.SetClaim(Claims.Email, user.Email);
        }

        return Complete(principal);
    }

    /// <summary>Creates the principal of a tool.</summary>
    /// <param name="clientId">The client id.</param>
    /// <param name="roles">The scopes of the request, which are roles.</param>
    public static ClaimsPrincipal Create(string clientId, ImmutableArray<string> roles)
    {
        var principal = new ClaimsPrincipal(CreateIdentity(clientId, roles));
        principal.SetScopes(roles);
        return Complete(principal);
    }

    /// <summary>Determines whether a person's credentials are those with which the token was issued.</summary>
    public static bool IsCurrent(ClaimsPrincipal token, ShopUser user) => token.GetClaim(SecurityStamp) == user.SecurityStamp;

    private static ClaimsIdentity CreateIdentity(string subject, IEnumerable<string> roles)
    {
        var identity = new ClaimsIdentity(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme, Claims.Subject, Claims.Role);
        identity.SetClaim(Claims.Subject, subject);
        identity.SetClaims(Claims.Role, [.. roles]);
        return identity;
    }

    private static ClaimsPrincipal Complete(ClaimsPrincipal principal)
    {
        principal.SetResources(Audience);
        principal.SetDestinations(static claim => claim.Type switch
        {
            Claims.Subject or Claims.Role => [Destinations.AccessToken, Destinations.IdentityToken],
            Claims.Email => [Destinations.IdentityToken],
            _ => [],
        });
        return principal;
    }
}
