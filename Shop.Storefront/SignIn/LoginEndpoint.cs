using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Shop.ServiceDefaults;

namespace Shop.Storefront.SignIn;

/// <summary>The endpoint <c>/login</c>, which leads to the provider and back to the page that the visitor came from.</summary>
internal static class LoginEndpoint
{
    public static void MapLogin(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/login", LogInAsync).AllowAnonymous().ExcludeFromDescription();

    /// <summary>Returns the address of the page that says why the visitor is not signed in.</summary>
    public static string GetAddress(SignInFailure failure) => $"/login/failed?reason={failure.ToString().ToLowerInvariant()}";

    private static async Task<Results<RedirectHttpResult, EmptyHttpResult>> LogInAsync(
        HttpContext context, IServiceProvider services, TimeProvider time, string? returnUrl = null, bool again = false)
    {
        var address = GetLocalAddress(returnUrl);

        // A member signs in again whose token has expired and could not be replaced at the beginning of this request, or was rejected by a
        // service (again). Nobody is signed out: while the provider is away, the session is kept.
        if (!again && MemberSession.FindToken(context, time.GetUtcNow()) is not null)
        {
            return TypedResults.LocalRedirect(address);
        }

        // The metadata may be cached. Without this call, the browser would be redirected to a provider that does not respond.
        if (services.GetService<ProviderClient>() is not { } provider || !await provider.IsAvailableAsync(context.RequestAborted))
        {
            return TypedResults.LocalRedirect(GetAddress(SignInFailure.Unavailable));
        }

        try
        {
            await context.ChallengeAsync(
                OpenIdConnectDefaults.AuthenticationScheme,
                new OpenIdConnectChallengeProperties
                {
                    RedirectUri = address,
                    IsPersistent = true,
                    // The session at the provider may have outlived the one at the shop, or be that of the account that was rejected.
                    Prompt = again || EndedSession.Find(context) is not null ? OpenIdConnectPrompt.Login : null,
                });
            return TypedResults.Empty;
        }
        catch (Exception exception) when (ServiceErrors.IsProviderUnavailable(exception) && !context.RequestAborted.IsCancellationRequested)
        {
            return TypedResults.LocalRedirect(GetAddress(SignInFailure.Unavailable));
        }
    }

    /// <summary>Returns the address if it is one of this service, otherwise that of the front page.</summary>
    internal static string GetLocalAddress(string? address) =>
        address?.StartsWith('/') == true && RedirectHttpResult.IsLocalUrl(address)
        && !address.StartsWith("/login", StringComparison.OrdinalIgnoreCase)
        && !address.StartsWith("/logout", StringComparison.OrdinalIgnoreCase)
            ? Escape(address)
            : "/";

    // The address was unescaped with the query, and a header is ASCII.
    private static string Escape(string address)
    {
        var uri = new Uri($"http://shop{address}");
        return uri.PathAndQuery + uri.Fragment;
    }
}
