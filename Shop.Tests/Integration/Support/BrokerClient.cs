using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Shop.Tests.Integration.Support;

/// <summary>A direct connection to the broker: publishes arbitrary messages to any queue, and changes bindings.</summary>
internal sealed class BrokerClient : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;

    private BrokerClient(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    public static async Task<BrokerClient> OpenAsync(ShopApp shop)
    {
        var connection = await new ConnectionFactory { Uri = new(await shop.ConnectionStringAsync("rabbitmq")) }.CreateConnectionAsync();
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        return new(connection, await connection.CreateChannelAsync(options));
    }

    /// <summary>Publishes a message to a queue and waits for the broker's confirmation.</summary>
    public async Task PublishAsync(string queue, byte[] body, string messageId, DateTimeOffset? failedAt = null)
    {
        var properties = new BasicProperties
        {
            ContentType = "application/vnd.masstransit+json",
            MessageId = messageId,
            Headers = failedAt is null
                ? new Dictionary<string, object?>()
                : new Dictionary<string, object?> { ["error-time"] = failedAt.Value.ToString("O") },
        };
        await _channel.BasicPublishAsync("", queue, mandatory: true, properties, body);
    }

    /// <summary>Creates a queue that receives a copy of every message of an exchange from now on, and returns its name.</summary>
    public async Task<string> CopyOfAsync(string exchange)
    {
        var queue = await _channel.QueueDeclareAsync();
        await _channel.QueueBindAsync(queue.QueueName, exchange, "");
        return queue.QueueName;
    }

    /// <summary>The same with a queue that survives the broker. The exchange is declared as journey events have it.</summary>
    public async Task<string> DurableCopyOfAsync(string exchange)
    {
        await _channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
        var queue = await _channel.QueueDeclareAsync($"test-{Guid.NewGuid():n}", durable: true, exclusive: false, autoDelete: false);
        await _channel.QueueBindAsync(queue.QueueName, exchange, "");
        return queue.QueueName;
    }

    /// <summary>Removes the bindings between an exchange and a subscriber's queue: the publisher's and the subscriber's.</summary>
    public async Task UnbindAsync(string exchange, string queue)
    {
        await _channel.ExchangeUnbindAsync(queue, exchange, "");
        await _channel.QueueUnbindAsync(queue, exchange, "");
    }

    /// <summary>Restores the bindings that <see cref="UnbindAsync"/> removed.</summary>
    public async Task BindAsync(string exchange, string queue)
    {
        await _channel.ExchangeBindAsync(queue, exchange, "");
        await _channel.QueueBindAsync(queue, exchange, "");
    }

    /// <summary>Returns the number of processes that take messages from a queue.</summary>
    public async Task<uint> CountConsumersAsync(string queue) => (await _channel.QueueDeclarePassiveAsync(queue)).ConsumerCount;

    /// <summary>Takes the next message from a queue; <see langword="null"/> if the queue is empty.</summary>
    public async Task<string?> TakeAsync(string queue) =>
        await _channel.BasicGetAsync(queue, autoAck: true) is { } message ? Encoding.UTF8.GetString(message.Body.Span) : null;

    /// <summary>Takes the messages of a queue until the result is disposed; then they are in the queue again.</summary>
    public async Task<IAsyncDisposable> HoldAsync(string queue)
    {
        var channel = await _connection.CreateChannelAsync();
        var held = 0u;
        for (; await channel.BasicGetAsync(queue, autoAck: false) is not null; held++)
        {
        }

        return new Held(this, channel, queue, held);
    }

    /// <summary>Returns the messages in a queue and leaves them there; none if the queue does not exist.</summary>
    public async Task<IReadOnlyList<string>> PeekAsync(string queue)
    {
        var messages = new List<string>();
        await ReadAsync(queue, (_, body, _) =>
        {
            messages.Add(body);
            return ValueTask.CompletedTask;
        });
        return messages;
    }

    /// <summary>Removes the messages that contain a text from a queue. Returns false if there is none.</summary>
    public async Task<bool> RemoveAsync(string queue, string text)
    {
        var removed = false;
        await ReadAsync(queue, (channel, body, tag) =>
        {
            if (!body.Contains(text, StringComparison.Ordinal))
            {
                return ValueTask.CompletedTask;
            }

            removed = true;
            return channel.BasicAckAsync(tag, multiple: false);
        });
        return removed;
    }

    /// <summary>Returns the number of messages in a queue that are not delivered.</summary>
    public Task<uint> CountAsync(string queue) => _channel.MessageCountAsync(queue);

    private sealed class Held(BrokerClient broker, IChannel channel, string queue, uint count) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await channel.DisposeAsync();
            await Eventually.ReadAsync(() => broker.CountAsync(queue), returned => returned >= count);
        }
    }

    private async Task ReadAsync(string queue, Func<IChannel, string, ulong, ValueTask> read)
    {
        // Closing the channel returns the messages that are not acknowledged to the queue.
        await using var channel = await _connection.CreateChannelAsync();
        try
        {
            while (await channel.BasicGetAsync(queue, autoAck: false) is { } message)
            {
                await read(channel, Encoding.UTF8.GetString(message.Body.Span), message.DeliveryTag);
            }
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
