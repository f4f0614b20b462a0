using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Shop.Messaging;

namespace Shop.Tests.Unit.ServiceDefaults.Messaging;

public sealed class BrokerAvailabilityTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly TcpListener _broker = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();

    [Fact]
    public async Task Who_finds_the_door_open_goes_in()
    {
        _broker.Start();
        await Door(Port()).WaitAsync().WaitAsync(_limit);
    }

    [Fact]
    public async Task Who_finds_it_closed_waits_until_it_opens()
    {
        _broker.Start();
        var port = Port();
        _broker.Stop();
        var waiting = Door(port).WaitAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        Assert.False(waiting.IsCompleted);

        using var again = new TcpListener(IPAddress.Loopback, port);
        again.Start();
        await waiting.WaitAsync(_limit);
    }

    [Fact]
    public async Task Who_has_to_go_home_does_not_wait()
    {
        _broker.Start();
        var port = Port();
        _broker.Stop();
        var waiting = Door(port).WaitAsync();
        Assert.False(waiting.IsCompleted);

        await _stopping.CancelAsync();
        await waiting.WaitAsync(_limit);
    }

    public void Dispose()
    {
        _broker.Dispose();
        _stopping.Dispose();
    }

    private int Port() => ((IPEndPoint)_broker.LocalEndpoint).Port;

    private BrokerAvailability Door(int port) => new(new Uri($"amqp://guest:guest@127.0.0.1:{port}"), TimeProvider.System, new Life(_stopping.Token), NullLogger<BrokerAvailability>.Instance);

    private sealed class Life(CancellationToken stopping) : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => stopping;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => throw new NotSupportedException();
    }
}
