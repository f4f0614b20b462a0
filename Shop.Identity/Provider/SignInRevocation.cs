using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Shop.Identity.Provider;

/// <summary>
/// Revokes the whole sign-in to which a revoked token belongs: its authorization and all its tokens. OpenIddict revokes the token alone,
/// and without rolling refresh tokens the earlier ones of the sign-in are still valid.
/// </summary>
internal sealed class SignInRevocation(IOpenIddictAuthorizationManager authorizations, IOpenIddictTokenManager tokens)
    : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    // Before OpenIddict revokes the token: if a step fails, the client can send the same token again.
    private static readonly int _order = OpenIddictServerHandlers.Revocation.RevokeToken.Descriptor.Order - 500;

    /// <summary>Gets the registration of this handler.</summary>
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor.CreateBuilder<HandleRevocationRequestContext>()
            .UseScopedHandler<SignInRevocation>()
            .SetOrder(_order)
            .SetType(OpenIddictServerHandlerType.Custom)
            .Build();

    public async ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        if (context.GenericTokenPrincipal?.GetAuthorizationId() is not { } id)
        {
            return;
        }

        // No token of a revoked authorization is accepted, also one that is issued at this moment.
        if (await authorizations.FindByIdAsync(id, context.CancellationToken) is { } authorization)
        {
            await authorizations.TryRevokeAsync(authorization, context.CancellationToken);
        }

        await tokens.RevokeByAuthorizationIdAsync(id, context.CancellationToken);
    }
}
