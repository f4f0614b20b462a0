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

    /// <summary>Marks a request that will be on a critical route when its caller is verified.</summary>
    public static void SetMayBecomeCritical(this HttpContext context) => context.Features.Set(CriticalRouteCandidate.Instance);

    /// <summary>Determines whether a request will be on a critical route when its caller is verified, which it is not yet.</summary>
    public static bool MayBecomeCritical(this HttpContext context) =>
        context.Features.Get<CriticalRouteCandidate>() is not null && context.IsCallerUnverified();

    private sealed class CriticalRouteCandidate
    {
        public static CriticalRouteCandidate Instance { get; } = new();
    }
}
