using System.Globalization;

namespace Shop.Messaging;

/// <summary>Names and arguments of the queues. Each client declares what it needs; the broker keeps the first declaration.</summary>
/// <remarks>The arguments of an existing queue cannot change in RabbitMQ, so delays and limits are constants, not settings.</remarks>
internal static class QueueTopology
{
    // Not in the name of any service or message.
    private const char BroadcastSeparator = '.';

    // How many consumers may die while they handle a message before the broker itself moves it to the error queue.
    private const int DeliveryLimit = 20;

    // RabbitMQ 4 gives every quorum queue a delivery limit of 20 by default. Listing an error queue delivers its messages, and must not use
    // the limit up.
    private const int NoDeliveryLimit = int.MaxValue;

    // By default a dead-lettered message is lost when the broker stops at that moment. At-least-once dead lettering requires reject-publish
    // (rabbitmq.com/docs/quorum-queues#dead-lettering).
    private const string DeadLetterStrategy = "at-least-once";
    private const string Overflow = "reject-publish";

    private static readonly TimeSpan[] _redeliveryDelays = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)];

    /// <summary>The queue of a service for a message type: <c>orders-checkout-submitted</c>.</summary>
    public static string QueueFor(string service, Type messageType) => $"{service}-{KebabCase.From(messageType.Name)}";

    /// <summary>
    /// The queue of one process for a broadcast: <c>cart-product-changed.</c> and a new GUID. It is exclusive, so it ends with the
    /// connection of the process.
    /// </summary>
    public static string BroadcastQueueFor(string service, Type messageType) =>
        $"{QueueFor(service, messageType)}{BroadcastSeparator}{Guid.NewGuid():n}";

    /// <summary>Whether a queue belongs to one process.</summary>
    public static bool IsBroadcastQueue(string queue) => queue.Contains(BroadcastSeparator, StringComparison.Ordinal);

    /// <summary>The name of a queue for telemetry, without the id of a process: each new one would be another time series.</summary>
    public static string NameInTelemetry(string queue) => queue.Split(BroadcastSeparator)[0];

    /// <summary>
    /// The queue that holds the messages of <paramref name="queue"/> that could not be handled, until an operator replays or discards them.
    /// </summary>
    public static string ErrorQueueFor(string queue) => $"{queue}_error";

    /// <summary>The queue for the next redelivery, and its delay: 5 s and 30 s twice each, then 5 min.</summary>
    public static (string Queue, TimeSpan Delay) RedeliveryQueueFor(int redeliveryCount)
    {
        var delay = _redeliveryDelays[Math.Min(redeliveryCount / 2, _redeliveryDelays.Length - 1)];
        var suffix = delay < TimeSpan.FromMinutes(1) ? $"{delay.TotalSeconds:0}s" : $"{delay.TotalMinutes:0}m";
        return (string.Create(CultureInfo.InvariantCulture, $"redelivery-{suffix}"), delay);
    }

    /// <summary>
    /// Arguments of a handler's queue. Quorum queues survive the loss of a node in a cluster of three; on one node they are a durable log.
    /// </summary>
    public static Dictionary<string, object?> HandlerQueueArguments(string queue) => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = DeliveryLimit,
        ["x-dead-letter-exchange"] = "",
        ["x-dead-letter-routing-key"] = ErrorQueueFor(queue),
        ["x-dead-letter-strategy"] = DeadLetterStrategy,
        ["x-overflow"] = Overflow,
    };

    public static Dictionary<string, object?> ErrorQueueArguments => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = NoDeliveryLimit,
    };

    /// <summary>
    /// Arguments of a redelivery queue. An expired message returns to its handler's queue, whose name is the routing key of the message.
    /// </summary>
    public static Dictionary<string, object?> RedeliveryQueueArguments(TimeSpan delay) => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-message-ttl"] = (long)delay.TotalMilliseconds,
        ["x-dead-letter-exchange"] = "",
        ["x-dead-letter-strategy"] = DeadLetterStrategy,
        ["x-overflow"] = Overflow,
    };
}
