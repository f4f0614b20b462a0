using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Shop.Identity.Members;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Shop.Identity.Provider;

/// <summary>Returns an authorization code to the client, after sign-in.</summary>
internal static class AuthorizeEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext http, UserManager<ShopUser> users, Accounts accounts)
    {
        var request = http.GetOpenIddictServerRequest()
            ?? throw new InvalidOperationException("The request is not an OpenID Connect request.");
        if (request.HasPromptValue(PromptValues.Login))
        {
            // The page returns here without the parameter, and the session of before must not be accepted then.
            await http.SignOutAsync(IdentityConstants.ApplicationScheme);
        }
        else if (await accounts.FindSignedInAsync(http) is { } user)
        {
            return Results.SignIn(
                await TokenPrincipal.CreateAsync(users, user, request.GetScopes()),
                authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        }

        if (request.HasPromptValue(PromptValues.None))
        {
            return ProviderResults.Reject(Errors.LoginRequired, "The user is not signed in.");
        }

        // Without the parameter prompt, which would require another sign-in after this one.
        var parameters = http.Request.Query.Where(parameter => parameter.Key != Parameters.Prompt);
        return Results.Challenge(
            new AuthenticationProperties { RedirectUri = http.Request.Path + QueryString.Create(parameters) },
            [IdentityConstants.ApplicationScheme]);
    }
}
