using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace Shop.Storefront.Edge.Proxy;

/// <summary>The paths that the storefront forwards, and the services that serve them. All other paths are its own.</summary>
/// <remarks>
/// <c>/internal</c>, <c>/admin</c>, <c>/metrics</c>, <c>/health</c> and the API references of the services are not among them.
/// </remarks>
internal static class ServiceRoutes
{
    /// <summary>The service that visitors sign in to.</summary>
    public const string Identity = "identity";

    /// <summary>The route of the payment provider, which signs its requests.</summary>
    public const string PaymentWebhook = "payment-webhook";

    private const string Catalog = "catalog";
    private const string Cart = "cart";
    private const string Orders = "orders";

    // A replica that does not respond within the timeout is unhealthy: at most 2 s, interval and timeout, after it stopped.
    private static readonly TimeSpan _probeInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _probeTimeout = TimeSpan.FromMilliseconds(900);

    /// <summary>The routes. A route that names a parameter has limits and metrics of its own.</summary>
    public static IReadOnlyList<RouteConfig> Routes { get; } =
    [
        Create("products", Catalog, "/api/v1/products/{**rest}"),
        Create("categories", Catalog, "/api/v1/categories"),
        Create("checkout", Cart, "/api/v1/carts/{cartId}/checkout"),
        Create("carts", Cart, "/api/v1/carts/{cartId}/{**rest}"),
        Create("orders", Orders, "/api/v1/orders/{**rest}"),
        Create("admin-products", Catalog, "/api/v1/admin/products/{**rest}"),
        Create("admin-orders", Orders, "/api/v1/admin/orders/{**rest}"),
        Create(PaymentWebhook, Orders, "/payment/confirm"),
        Create("sign-in", Identity, "/sso/{**rest}"),
    ];

    /// <summary>Creates the services, whose replicas service discovery finds.</summary>
    /// <param name="timeout">Time in which a service must answer, and between two parts of its answer.</param>
    /// <param name="canary">A further service to probe, which no path is forwarded to.</param>
    public static IReadOnlyList<ClusterConfig> CreateClusters(TimeSpan timeout, string? canary = null) =>
    [
        .. from service in Routes.Select(route => route.ClusterId!).Distinct().Concat(canary is null ? [] : [canary])
           select new ClusterConfig
           {
               ClusterId = service,
               Destinations = new Dictionary<string, DestinationConfig> { [service] = new() { Address = $"http://{service}" } },
               LoadBalancingPolicy = LoadBalancingPolicies.PowerOfTwoChoices,
               HttpRequest = new() { ActivityTimeout = timeout },
               HealthCheck = new()
               {
                   // When no replica is healthy, all get requests: the problem details of a service name the missing dependency, and
                   // requests succeed as soon as it is available.
                   AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
                   Active = new()
                   {
                       Enabled = true,
                       Path = Telemetry.Http.HealthPaths.Ready,
                       Interval = _probeInterval,
                       Timeout = _probeTimeout,
                       Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
                   },
                   Passive = new()
                   {
                       Enabled = true,
                       Policy = TransportFailurePolicy.PolicyName,
                       ReactivationPeriod = _probeInterval * 2,
                   },
               },
               Metadata = new Dictionary<string, string> { [ConsecutiveFailuresHealthPolicyOptions.ThresholdMetadataName] = "1" },
           },
    ];

    private static RouteConfig Create(string id, string service, string path) => new()
    {
        RouteId = id,
        ClusterId = service,
        Match = new() { Path = path },
        // The time limit is that of the cluster. That of the request would look like a client that has disconnected.
        TimeoutPolicy = "Disable",
    };
}
