using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shop.Messaging.MassTransit;

namespace Shop.Tests.Component.Messaging;

public sealed class BrokerAvailabilityTests : IDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    private readonly TcpListener _broker = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly AvailabilityLog _log = new();

    [Fact]
    public async Task Wait_returns_at_once_when_the_broker_accepts_connections()
    {
        _broker.Start();
        await CreateAvailability(GetPort()).WaitAsync().WaitAsync(_timeout);
    }

    [Fact]
    public async Task Wait_returns_when_the_broker_accepts_connections_again()
    {
        _broker.Start();
        var port = GetPort();
        _broker.Stop();
        var waiting = CreateAvailability(port).WaitAsync();
        await _log.BrokerUnreachable.Task.WaitAsync(_timeout);
        Assert.False(waiting.IsCompleted);

        using var restarted = new TcpListener(IPAddress.Loopback, port);
        restarted.Start();
        await waiting.WaitAsync(_timeout);
    }

    [Fact]
    public async Task Shutdown_cancels_the_wait()
    {
        _broker.Start();
        var port = GetPort();
        _broker.Stop();
        var waiting = CreateAvailability(port).WaitAsync();
        Assert.False(waiting.IsCompleted);

        await _stopping.CancelAsync();
        await waiting.WaitAsync(_timeout);
    }

    public void Dispose()
    {
        _broker.Dispose();
        _stopping.Dispose();
    }

    private int GetPort() => ((IPEndPoint)_broker.LocalEndpoint).Port;

    private BrokerAvailability CreateAvailability(int port) =>
        new(new Uri($"amqp://guest:guest@127.0.0.1:{port}"), TimeProvider.System, new Lifetime(_stopping.Token), _log);

    private sealed class AvailabilityLog : ILogger<BrokerAvailability>
    {
        public TaskCompletionSource BrokerUnreachable { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name == "broker.unreachable")
            {
                BrokerUnreachable.TrySetResult();
            }
        }
    }

    private sealed class Lifetime(CancellationToken stopping) : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => stopping;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => throw new NotSupportedException();
    }
}
