using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Shop.Messaging;

/// <summary>
/// Waits until somebody listens at the broker's address. MassTransit pauses longer after each attempt to connect that failed, up to half
/// a minute, and has no setting for it: after an outage a broker that is well again would be left alone for that long. So no attempt
/// is made that can only fail.
/// </summary>
internal sealed class BrokerAvailability(Uri address, TimeProvider time, IHostApplicationLifetime life, ILogger<BrokerAvailability> log)
{
    private const int Amqp = 5672;
    private const int Amqps = 5671;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    /// <summary>Returns when it is worth an attempt, or when this process ends.</summary>
    public async Task WaitAsync()
    {
        if (await IsOpenAsync())
            return;

        log.BrokerUnreachable();
        var since = time.GetTimestamp();
        do
            await Task.Delay(_pause, time, life.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!life.ApplicationStopping.IsCancellationRequested && !await IsOpenAsync());
        log.BrokerReachable(time.GetElapsedTime(since));
    }

    private async Task<bool> IsOpenAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(life.ApplicationStopping);
        patience.CancelAfter(_patience);
        using var door = new TcpClient();
        try
        {
            await door.ConnectAsync(address.DnsSafeHost, address.IsDefaultPort ? address.Scheme is "amqps" ? Amqps : Amqp : address.Port, patience.Token);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
