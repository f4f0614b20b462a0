using System.Diagnostics;
using System.Text;

namespace Shop.ServiceDefaults;

/// <summary>The connections of clients of other services.</summary>
internal static class ServiceConnections
{
    // Behind a proxy or a virtual address, the replica is chosen once per connection. Without a limit one replica would get all calls of
    // this process, and a new replica none.
    private static readonly TimeSpan _lifetime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _pingInterval = TimeSpan.FromSeconds(1);

    /// <summary>Creates the primary handler of a client.</summary>
    /// <param name="propagator">Writes the context of the client span, if HttpClient starts it.</param>
    public static SocketsHttpHandler CreateHandler(DistributedContextPropagator? propagator) => new()
    {
        ActivityHeadersPropagator = propagator,
        // Kestrel accepts UTF-8 in headers. Without this, a proxied request with such a header fails as if the service were away.
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        AllowAutoRedirect = false,
        // The handler is shared by all visitors, so it must not store the cookies of one.
        UseCookies = false,
        // A proxy of the environment would get the service key and the baggage, and may not reach the service.
        UseProxy = false,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        // All gRPC calls of this process share one connection. When its replica hangs, they fail after 2 to 4 seconds, and their retries
        // open another connection. A connection that is older than its lifetime is not pinged: its calls end by their deadline.
        KeepAlivePingDelay = _pingInterval,
        KeepAlivePingTimeout = _pingInterval,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        PooledConnectionLifetime = _lifetime,
    };
}
