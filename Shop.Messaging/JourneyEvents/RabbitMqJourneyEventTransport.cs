using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using Shop.Telemetry.Tracing;

namespace Shop.Messaging.JourneyEvents;

/// <summary>
/// Publishes to <see cref="JourneyEventExchange"/> on a connection of its own, with publisher confirms. A failure closes the connection,
/// and the next call opens another one.
/// </summary>
internal sealed class RabbitMqJourneyEventTransport(
    IConfiguration configuration, IHostEnvironment host, IOptions<MessagingOptions> options, TimeProvider time) : IJourneyEventTransport
{
    private static readonly TimeSpan _closeTimeout = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(10);

    private readonly BasicProperties _properties = new()
    {
        AppId = host.GetServiceName(),
        ContentType = "application/json",
        Persistent = true,
        Type = JourneyEventExchange.Name,
    };

    // Read in the constructor, so that a service without the setting does not start.
    private readonly Uri _address = BrokerAddress.From(configuration);

    private IConnection? _connection;
    private IChannel? _channel;

    public async Task PublishAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Value.PublishTimeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var channel = await OpenAsync(limit.Token);
            // Not mandatory: without a consumer's queue the broker confirms and drops the batch. The token alone is not enough, because
            // a publish whose connection breaks at that moment may never complete.
            await channel.BasicPublishAsync(JourneyEventExchange.Name, "", mandatory: false, _properties, body, limit.Token)
                .AsTask().WaitAsync(limit.Token);
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    private async Task<IChannel> OpenAsync(CancellationToken cancellationToken)
    {
        if (_channel is { IsOpen: true })
        {
            return _channel;
        }

        await CloseAsync();
        _connection = await new ConnectionFactory
        {
            Uri = _address,
            ClientProvidedName = $"{host.GetServiceName()} journey events",
            RequestedHeartbeat = _heartbeat,
            RequestedConnectionTimeout = options.Value.PublishTimeout,
            ContinuationTimeout = options.Value.PublishTimeout,
            AutomaticRecoveryEnabled = false,
        }.CreateConnectionAsync(cancellationToken);
        _channel = await _connection.CreateChannelAsync(
            new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        await _channel.ExchangeDeclareAsync(
            JourneyEventExchange.Name, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        return _channel;
    }

    private async Task CloseAsync()
    {
        if (_connection is { } connection)
        {
            (_connection, _channel) = (null, null);
            try
            {
                // The client waits for 5 s at least while the broker does not respond. What is left of the connection ends by itself.
                await AbortAsync(connection).WaitAsync(_closeTimeout, time);
            }
            catch (TimeoutException)
            {
            }
        }
    }

    // Closes the channel too, and does not throw.
    private static async Task AbortAsync(IConnection connection)
    {
        await connection.AbortAsync(_closeTimeout);
        await connection.DisposeAsync();
    }
}
