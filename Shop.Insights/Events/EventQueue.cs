using RabbitMQ.Client;
using Shop.Messaging.JourneyEvents;

namespace Shop.Insights.Events;

/// <summary>The queue of this service for journey events, and the queue for messages that cannot be read.</summary>
internal static class EventQueue
{
    /// <summary>The name of the queue. All replicas share it.</summary>
    public const string Name = "insights-journey-events";

    /// <summary>
    /// The name of the queue for messages that cannot be read or stored. They stay there, up to 64 MiB; then the broker drops the oldest
    /// ones.
    /// </summary>
    public const string ErrorName = "insights-journey-events_error";

    // Two million events, which is more than a day of a small shop. Then the broker drops the oldest messages.
    private const long MaxBytes = 1L << 30;
    private const long MaxErrorBytes = 64L << 20;

    // RabbitMQ 4 gives every quorum queue a delivery limit of 20 by default. A message is delivered again at each restart of the service
    // or of the database.
    private const int NoDeliveryLimit = int.MaxValue;

    /// <summary>Declares the exchange and the queues.</summary>
    public static async Task DeclareAsync(IChannel channel, CancellationToken cancellationToken)
    {
        await channel.ExchangeDeclareAsync(
            JourneyEventExchange.Name, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await DeclareAsync(channel, Name, MaxBytes, cancellationToken);
        await DeclareAsync(channel, ErrorName, MaxErrorBytes, cancellationToken);
        await channel.QueueBindAsync(Name, JourneyEventExchange.Name, "", cancellationToken: cancellationToken);
    }

    private static Task<QueueDeclareOk> DeclareAsync(IChannel channel, string name, long maxBytes, CancellationToken cancellationToken) =>
        channel.QueueDeclareAsync(
            name,
            durable: true,
            exclusive: false,
            autoDelete: false,
            new Dictionary<string, object?>
            {
                ["x-queue-type"] = "quorum",
                ["x-delivery-limit"] = NoDeliveryLimit,
                ["x-max-length-bytes"] = maxBytes,
                ["x-overflow"] = "drop-head",
            },
            cancellationToken: cancellationToken);
}
