using Microsoft.AspNetCore.Authentication;
using Shop.Storefront.Clients;

namespace Shop.Storefront.SignIn;

/// <summary>Signs a member out, here and at the provider.</summary>
internal sealed class SignOut(IServiceProvider services)
{
    /// <summary>Ends the session.</summary>
    /// <param name="context">The request.</param>
    /// <returns>Where the browser goes next: to the provider, or to the front page if the provider is away.</returns>
    public async Task<string> RunAsync(HttpContext context)
    {
        var session = await context.AuthenticateAsync(MemberCookie.Scheme);
        await context.SignOutAsync(MemberCookie.Scheme);
        CartCookie.Clear(context);
        if (services.GetService<ProviderClient>() is not { } provider || !session.Succeeded)
        {
            return "/";
        }

        // In any case: whether the browser reaches the provider and ends the session there is not known here.
        EndedSession.Set(context, SessionEnd.ByMember);

        if (MemberTokens.Read(session.Properties)?.Refresh is { } refreshToken)
        {
            await provider.RevokeAsync(refreshToken);
        }

        var frontPage = $"{context.Request.Scheme}://{context.Request.Host}/";
        return await provider.GetEndSessionAddressAsync(frontPage, context.RequestAborted) ?? "/";
    }
}
