using Shop.ServiceDefaults;
using Yarp.ReverseProxy.Forwarder;

namespace Shop.Storefront.Edge.Proxy;

/// <summary>Handles requests while one replica, or all replicas, of a service are unavailable.</summary>
internal static class ServiceAvailability
{
    /// <summary>
    /// Adds the step that tries another replica when the first one cannot be reached, and returns 503 when none responds. A request that
    /// may have arrived at a replica is not sent to another.
    /// </summary>
    public static void UseServiceAvailability(this IReverseProxyApplicationBuilder proxy) => proxy.Use(static async (context, next) =>
    {
        var feature = context.GetReverseProxyFeature();
        var replicas = feature.AvailableDestinations;
        await next();
        while (IsUnreached(context) && replicas.Count > 1)
        {
            replicas = [.. replicas.Where(replica => replica != feature.ProxiedDestination)];
            feature.AvailableDestinations = replicas;
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.StatusCode = StatusCodes.Status200OK;
            await next();
        }

        if (context.GetForwarderErrorFeature() is { } failure && !context.Response.HasStarted)
        {
            context.Response.StatusCode = failure.Error switch
            {
                ForwarderError.RequestCreation => StatusCodes.Status400BadRequest,
                _ when context.Response.StatusCode >= StatusCodes.Status500InternalServerError =>
                    StatusCodes.Status503ServiceUnavailable,
                _ => context.Response.StatusCode,
            };
        }
    });

    private static bool IsUnreached(HttpContext context) =>
        context.GetForwarderErrorFeature()?.Exception is { } exception && ServiceErrors.IsUnreached(exception);
}
