using System.Collections.Concurrent;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Shop.Bench.Running;

/// <summary>
/// Hears which orders are confirmed, as other services do: Orders says it after it has stored it. So nobody has to ask for it,
/// and asking is no part of what is measured.
/// </summary>
internal sealed class Confirmations : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _orders = new();
    private readonly IConnection _connection;

    private Confirmations(IConnection connection) => _connection = connection;

    public static async Task<Confirmations> ListenAsync(RunningShop shop)
    {
        var connection = await new ConnectionFactory { Uri = new(await shop.ConnectionStringAsync("rabbitmq")) }.CreateConnectionAsync();
        var confirmations = new Confirmations(connection);
        var channel = await connection.CreateChannelAsync();
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.QueueBindAsync(queue, "order-confirmed", "");
        await channel.QueueBindAsync(queue, "order-rejected", "");

        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            var heard = confirmations.Of(Guid.Parse(delivery.BasicProperties.MessageId!));
            if (delivery.Exchange == "order-confirmed")
                heard.TrySetResult();
            else
                heard.TrySetException(new InvalidOperationException($"Order {delivery.BasicProperties.MessageId} was rejected."));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        return confirmations;
    }

    public async Task WaitForAsync(Guid order)
    {
        await Of(order).Task.WaitAsync(_patience);
        _orders.TryRemove(order, out _);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private TaskCompletionSource Of(Guid order) => _orders.GetOrAdd(order, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
