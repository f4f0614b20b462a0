using System.Net;
using System.Net.Sockets;

namespace Shop.Storefront.SyntheticVisitors;

/// <summary>Two ports on loopback: one does not accept connections, the other returns 504 to each request.</summary>
internal sealed class FaultyServers : IDisposable
{
    // Loopback accepts at once, or not at all.
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromMilliseconds(200);

    private readonly List<Socket> _sockets = [];
    private readonly HttpListener _gateway = new();

    public FaultyServers()
    {
        SilentPort = Listen();
        GatewayPort = GetFreePort();
        _gateway.Prefixes.Add($"http://127.0.0.1:{GatewayPort}/");
        _gateway.Start();
        _ = RunGatewayAsync();
    }

    /// <summary>The port that does not accept connections.</summary>
    public int SilentPort { get; }

    /// <summary>The port that returns 504.</summary>
    public int GatewayPort { get; }

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _gateway.Close();
    }

    // The queue of connections that nobody accepts is full, so the kernel does not answer further ones.
    private int Listen()
    {
        var listener = NewSocket();
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(backlog: 0);
        while (NewSocket().ConnectAsync(listener.LocalEndPoint!).Wait(_connectTimeout))
        {
        }

        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        return socket;
    }

    private static int GetFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task RunGatewayAsync()
    {
        try
        {
            while (true)
            {
                var context = await _gateway.GetContextAsync();
                context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The service stops.
        }
    }
}
