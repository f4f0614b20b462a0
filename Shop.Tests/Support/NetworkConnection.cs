using System.Net;
using System.Net.Sockets;

namespace Shop.Tests.Support;

/// <summary>The way to a server, which can be cut: then nobody answers, as when the machine of the server has no power.</summary>
internal sealed class NetworkConnection : IDisposable
{
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromMilliseconds(200);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _cut = new();
    private readonly List<TcpClient> _unanswered = [];
    private readonly Uri _server;
    private readonly Task _accepting;

    public NetworkConnection(Uri server)
    {
        _server = server;
        _listener.Start(backlog: 0);
        _accepting = AcceptAsync();
    }

    /// <summary>The address under which the server is reached.</summary>
    public string Address => $"http://{_listener.LocalEndpoint}";

    /// <summary>Ends all connections, and leaves each attempt to open another one without an answer.</summary>
    public async Task CutAsync()
    {
        await _cut.CancelAsync();
        await _accepting;
        // The system answers until the queue of connections that are not accepted is full.
        var answers = true;
        while (answers)
        {
            var client = new TcpClient();
            _unanswered.Add(client);
            var connecting = client.ConnectAsync((IPEndPoint)_listener.LocalEndpoint);
            answers = await Task.WhenAny(connecting, Task.Delay(_connectTimeout)) == connecting;
        }
    }

    public void Dispose()
    {
        _cut.Cancel();
        _listener.Dispose();
        _unanswered.ForEach(client => client.Dispose());
        _cut.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_cut.IsCancellationRequested)
        {
            try
            {
                _ = ForwardAsync(await _listener.AcceptTcpClientAsync(_cut.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using var accepted = client;
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(_server.Host, _server.Port, _cut.Token);
            await Task.WhenAny(
                client.GetStream().CopyToAsync(server.GetStream(), _cut.Token),
                server.GetStream().CopyToAsync(client.GetStream(), _cut.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
        }
    }
}
