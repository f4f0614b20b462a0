using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Shop.Storefront.Clients;

namespace Shop.Storefront.SignIn;

/// <summary>Keeps the session of a member current.</summary>
internal static class MemberSession
{
    /// <summary>Returns the access token of the member who is signed in, if it has not expired; otherwise null.</summary>
    /// <param name="context">The request.</param>
    /// <param name="now">The current time.</param>
    public static string? FindToken(HttpContext context, DateTimeOffset now) =>
        context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult is { Succeeded: true } session
        && MemberTokens.Read(session.Properties) is { } tokens && now < tokens.ExpiresAt
            ? tokens.Access
            : null;

    /// <summary>
    /// Replaces an access token that expires soon. While the provider is unavailable, the session continues and the next requests try
    /// again. A member whose refresh the provider rejects is signed out.
    /// </summary>
    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var services = context.HttpContext.RequestServices;
        if (EndedSession.Find(context.HttpContext) is { } end)
        {
            // The response to a request that was under way at the sign-out has brought the cookie back.
            await EndAsync(context, end);
            return;
        }

        if (MemberTokens.Read(context.Properties) is not { Refresh: { } refreshToken } tokens
            || services.GetRequiredService<TimeProvider>().GetUtcNow() < tokens.RefreshAt)
        {
            return;
        }

        // Sign-in may have been switched off since the cookie was issued.
        RefreshResult result = services.GetService<ProviderClient>() is { } provider
            ? await provider.RefreshAsync(refreshToken)
            : new RefreshResult.Rejected();
        switch (result)
        {
            case RefreshResult.Refreshed(var refreshed):
                refreshed.Write(context.Properties);
                context.ShouldRenew = true;
                break;
            case RefreshResult.Rejected:
                await EndAsync(context, SessionEnd.ByProvider);
                break;
        }
    }

    private static async Task EndAsync(CookieValidatePrincipalContext context, SessionEnd end)
    {
        var http = context.HttpContext;
        context.RejectPrincipal();
        http.RequestServices.GetRequiredService<CartCookie>().ClearMembers(http);
        EndedSession.Set(http, end);
        await http.SignOutAsync(MemberCookie.Scheme);
    }
}
