using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Shop.Identity.Provider;

/// <summary>
/// Rejects a request of OpenID Connect with a control character in a parameter or in the credentials of the client. PostgreSQL cannot
/// compare text with U+0000, so such a request would be an error of this service.
/// </summary>
/// <typeparam name="TContext">The event at which the parameters have been read.</typeparam>
internal sealed class ControlCharacterFilter<TContext> : IOpenIddictServerHandler<TContext>
    where TContext : BaseValidatingContext
{
    /// <summary>Gets the registration of this handler: the last one that reads a request.</summary>
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor.CreateBuilder<TContext>()
            .UseSingletonHandler<ControlCharacterFilter<TContext>>()
            .SetOrder(int.MaxValue - 100_000)
            .SetType(OpenIddictServerHandlerType.Custom)
            .Build();

    public ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.Request?.GetParameters().Any(static parameter =>
                parameter.Key.Any(char.IsControl) || parameter.Value.ToString()?.Any(char.IsControl) == true) == true)
        {
            context.Reject(OpenIddictConstants.Errors.InvalidRequest, "A parameter contains a control character.");
        }

        return ValueTask.CompletedTask;
    }
}
