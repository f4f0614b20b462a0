using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Shop.Telemetry.Http;

/// <summary>Marks requests whose caller was admitted to an endpoint that is not for everybody.</summary>
internal sealed class VerifiedCaller
{
    private VerifiedCaller()
    {
    }

    public static VerifiedCaller Instance { get; } = new();
}

internal static class VerifiedCallerHttpContextExtensions
{
    /// <summary>Marks the caller of a request as verified.</summary>
    public static void AddVerifiedCaller(this HttpContext context) => context.Features.Set(VerifiedCaller.Instance);

    /// <summary>Determines whether the endpoint is not for everybody, and whether the caller may use it is not known (yet).</summary>
    public static bool IsCallerUnverified(this HttpContext context) =>
        context.GetMatchedEndpoint()?.Metadata is { } metadata
        && (metadata.GetMetadata<VerifiesCallerAttribute>() is not null
            || (metadata.GetMetadata<IAuthorizeData>() is not null && metadata.GetMetadata<IAllowAnonymous>() is null))
        && context.Features.Get<VerifiedCaller>() is null;
}
