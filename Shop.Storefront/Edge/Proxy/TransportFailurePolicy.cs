using Shop.ServiceDefaults;
using Shop.Storefront.Canary;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Shop.Storefront.Edge.Proxy;

/// <summary>
/// Marks a replica as unhealthy after the first request that does not reach it or whose connection breaks, before the next probe. YARP's
/// own policy needs ten requests in a minute, and a connection that takes too long is a timeout of the request to it.
/// </summary>
internal sealed class TransportFailurePolicy(IDestinationHealthUpdater health) : IPassiveHealthCheckPolicy
{
    public const string PolicyName = "TransportFailure";

    public string Name => PolicyName;

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        // The replica is not the one that failed if the canary got the request in its place.
        if (context.GetForwarderErrorFeature() is { Exception: { } exception } failure
            && (failure.Error is ForwarderError.Request || ServiceErrors.IsUnreached(exception))
            && !context.IsSentToCanary()
            && cluster.Model.Config.HealthCheck?.Passive?.ReactivationPeriod is { } period)
        {
            health.SetPassive(cluster, destination, DestinationHealth.Unhealthy, period);
        }
    }
}
