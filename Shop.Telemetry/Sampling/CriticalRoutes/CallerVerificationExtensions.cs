using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shop.Telemetry.Http;

namespace Shop.Telemetry.Sampling.CriticalRoutes;

/// <summary>
/// Keeps the requests of unknown callers off the critical routes of endpoints that are not for everybody. Their traces and log records
/// would all be kept, at any rate.
/// </summary>
public static class CallerVerificationExtensions
{
    /// <summary>
    /// Puts the request on the critical route of its endpoint, if it has one, now that its caller is known. Call it before the request
    /// makes an outgoing call.
    /// </summary>
    public static void SetCallerVerified(this HttpContext context)
    {
        if (!context.IsCallerUnverified())
        {
            return;
        }

        context.AddVerifiedCaller();
        var sampler = context.RequestServices.GetRequiredService<TraceSampler>();
        // Without a rule for critical routes, the decision would be made and counted again with the same result.
        if (context.SetCriticalRoute(context.RequestServices.GetRequiredService<CriticalRouteMatcher>()) && sampler.SamplesCriticalRoutes)
        {
            context.SampleByRoute(sampler);
        }
    }

    /// <summary>Determines whether <see cref="SetCallerVerified"/> was called for the request.</summary>
    public static bool IsCallerVerified(this HttpContext context) => context.Features.Get<VerifiedCaller>() is not null;

    /// <summary>Calls <see cref="SetCallerVerified"/> for requests that authorization has admitted. Place it after authorization.</summary>
    public static void UseCallerVerification(this IApplicationBuilder app) => app.Use(static next => context =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null)
        {
            context.SetCallerVerified();
        }

        return next(context);
    });
}
