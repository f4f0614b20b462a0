using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Shop.Messaging.MassTransit;

/// <summary>Waits until the broker's port accepts TCP connections.</summary>
/// <remarks>
/// MassTransit 8 increases the delay between failed connection attempts up to half a minute and has no setting for it, so a broker that
/// recovered would be ignored for that long. Waiting before each attempt avoids attempts that must fail. It may go with an adapter whose
/// reconnect delay can be set.
/// </remarks>
internal sealed class BrokerAvailability(Uri address, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<BrokerAvailability> log)
{
    private const int AmqpPort = 5672;
    private const int AmqpsPort = 5671;

    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Returns when the broker accepts connections, or when the service stops.</summary>
    public async Task WaitAsync()
    {
        if (await AcceptsConnectionsAsync())
        {
            return;
        }

        log.BrokerUnreachable();
        var start = time.GetTimestamp();
        do
        {
            await Task.Delay(_pollInterval, time, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!lifetime.ApplicationStopping.IsCancellationRequested && !await AcceptsConnectionsAsync());

        log.BrokerReachable(time.GetElapsedTime(start));
    }

    private async Task<bool> AcceptsConnectionsAsync()
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
        timeout.CancelAfter(_connectTimeout);
        using var client = new TcpClient();
        try
        {
            var port = address.IsDefaultPort ? address.Scheme is "amqps" ? AmqpsPort : AmqpPort : address.Port;
            await client.ConnectAsync(address.DnsSafeHost, port, timeout.Token);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
