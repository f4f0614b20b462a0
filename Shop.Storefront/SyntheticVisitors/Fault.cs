namespace Shop.Storefront.SyntheticVisitors;

/// <summary>A fault of the servers that a simulated visitor requests for one request.</summary>
/// <param name="Name">The value of the header.</param>
internal sealed record Fault(string Name)
{
    /// <summary>The names of the services cannot be resolved.</summary>
    public static readonly Fault NameResolution = new("name_resolution");

    /// <summary>The services do not accept connections.</summary>
    public static readonly Fault ConnectTimeout = new("connect_timeout");

    /// <summary>A gateway in front of the services returns 504.</summary>
    public static readonly Fault GatewayTimeout = new("gateway_timeout");

    /// <summary>The form of the sign-in arrives slowly.</summary>
    public static readonly Fault SlowSignIn = new("slow_sign_in");

    private static readonly Fault[] _all = [NameResolution, ConnectTimeout, GatewayTimeout, SlowSignIn];

    /// <summary>Returns the fault that a request asks for; null without one.</summary>
    public static Fault? Find(HttpRequest request) =>
        Array.Find(_all, fault => fault.Name == request.Headers[SyntheticVisitorExtensions.FaultHeader]);

    /// <summary>Returns the address that replaces that of a service; null if the request goes to the service.</summary>
    /// <param name="address">The address of the service.</param>
    /// <param name="servers">The servers with faults.</param>
    public Uri? Redirect(Uri address, FaultyServers servers)
    {
        if (this == NameResolution)
        {
            // RFC 2606: no name below .invalid exists.
            return new UriBuilder(address) { Host = "shop.invalid" }.Uri;
        }

        var port = this == ConnectTimeout ? servers.SilentPort : this == GatewayTimeout ? servers.GatewayPort : (int?)null;
        return port is null ? null : new UriBuilder(address) { Host = "127.0.0.1", Port = port.Value }.Uri;
    }
}
