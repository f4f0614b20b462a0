using System.Text;
using RabbitMQ.Client;

namespace Shop.Tests.Integration.Support;

/// <summary>Somebody with access to the broker who is not one of our services: puts anything into any queue.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;

    private Wire(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    public static async Task<Wire> OpenAsync(ShopApp shop)
    {
        var connection = await new ConnectionFactory { Uri = new(await shop.ConnectionStringAsync("rabbitmq")) }.CreateConnectionAsync();
        return new(connection, await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true)));
    }

    public Task PutAsync(string queue, string body, string? id = null, string contentType = "application/vnd.masstransit+json") =>
        PutAsync(queue, Encoding.UTF8.GetBytes(body), id, contentType);

    public async Task PutAsync(string queue, byte[] body, string? id = null, string contentType = "application/vnd.masstransit+json", string? traceParent = null)
    {
        var properties = new BasicProperties { ContentType = contentType, Headers = new Dictionary<string, object?>() };
        if (id is not null)
            properties.MessageId = id;
        if (traceParent is not null)
            properties.Headers["traceparent"] = traceParent;
        await _channel.BasicPublishAsync("", queue, mandatory: true, properties, body);
    }

    /// <summary>A queue that gets a copy of every message of this kind from now on.</summary>
    public async Task<string> CopyOfAsync(string exchange)
    {
        var queue = await _channel.QueueDeclareAsync();
        await _channel.QueueBindAsync(queue.QueueName, exchange, "");
        return queue.QueueName;
    }

    /// <summary>As if nobody had a queue yet for this kind of message.</summary>
    public Task UnbindAsync(string exchange, string consumer) => _channel.ExchangeUnbindAsync(consumer, exchange, "");

    public Task BindAsync(string exchange, string consumer) => _channel.ExchangeBindAsync(consumer, exchange, "");

    public async Task<string?> TakeAsync(string queue) =>
        await _channel.BasicGetAsync(queue, autoAck: true) is { } message ? Encoding.UTF8.GetString(message.Body.Span) : null;

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
