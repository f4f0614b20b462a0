using System.Collections.Concurrent;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Shop.Bench.Application;

/// <summary>
/// Receives the messages that Orders publishes when an order is confirmed or rejected. Polling the API instead would add load of its own
/// to the measurement.
/// </summary>
internal sealed class OrderOutcomeListener : IAsyncDisposable
{
    private static readonly TimeSpan _confirmationTimeout = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _orders = new();
    private readonly IConnection _connection;

    private OrderOutcomeListener(IConnection connection) => _connection = connection;

    public static async Task<OrderOutcomeListener> StartAsync(ShopApplication shop)
    {
        var factory = new ConnectionFactory { Uri = new(await shop.GetConnectionStringAsync("rabbitmq")) };
        var connection = await factory.CreateConnectionAsync();
        var listener = new OrderOutcomeListener(connection);
        var channel = await connection.CreateChannelAsync();
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.QueueBindAsync(queue, "order-confirmed", "");
        await channel.QueueBindAsync(queue, "order-rejected", "");

        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            var outcome = listener.GetOutcome(Guid.Parse(delivery.BasicProperties.MessageId!));
            if (delivery.Exchange == "order-confirmed")
            {
                outcome.TrySetResult();
            }
            else
            {
                outcome.TrySetException(new InvalidOperationException($"Order {delivery.BasicProperties.MessageId} was rejected."));
            }

            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        return listener;
    }

    /// <summary>Waits until the order is confirmed.</summary>
    /// <exception cref="InvalidOperationException">The order was rejected.</exception>
    /// <exception cref="TimeoutException">No message arrived within 30 seconds.</exception>
    public async Task WaitForConfirmationAsync(Guid orderId)
    {
        await GetOutcome(orderId).Task.WaitAsync(_confirmationTimeout);
        _orders.TryRemove(orderId, out _);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private TaskCompletionSource GetOutcome(Guid orderId) =>
        _orders.GetOrAdd(orderId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
