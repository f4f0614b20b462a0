using System.Diagnostics;

namespace Shop.ServiceDefaults;

/// <summary>The connections of clients of other services.</summary>
internal static class ServiceConnections
{
    // Behind a proxy or a virtual address, the replica is chosen once per connection. Without a limit one replica would get all calls of
    // this process, and a new replica none.
    private static readonly TimeSpan _lifetime = TimeSpan.FromSeconds(5);

    /// <summary>Creates the primary handler of a client.</summary>
    /// <param name="propagator">Writes the context of the client span, if HttpClient starts it.</param>
    public static SocketsHttpHandler CreateHandler(DistributedContextPropagator? propagator) => new()
    {
        ActivityHeadersPropagator = propagator,
        AllowAutoRedirect = false,
        // A proxy of the environment would get the service key and the baggage, and may not reach the service.
        UseProxy = false,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionLifetime = _lifetime,
    };
}
