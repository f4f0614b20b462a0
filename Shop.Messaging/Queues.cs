using System.Globalization;

namespace Shop.Messaging;

/// <summary>
/// The queues beside those of the consumers, and what they are declared with. Who needs one declares it: the broker keeps the first.
/// Its times and limits are part of a queue and cannot be changed in place, so they are constants and not settings.
/// </summary>
internal static class Queues
{
    /// <summary>How often a message may be in the hands of a consumer that dies with it. Then the broker itself parks it.</summary>
    private const int DeliveryLimit = 20;

    // RabbitMQ 4 gives every quorum queue a limit of 20; looking at parked messages must not use them up.
    private const int NoLimit = int.MaxValue;

    // A message leaves its queue when the next one has it; by default a broker that dies in between loses it. It asks for the other.
    private const string Safely = "at-least-once";
    private const string Refuse = "reject-publish";

    private static readonly TimeSpan[] _waits = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)];

    /// <summary>Where messages of a queue are parked that could not be consumed, until a person decides.</summary>
    public static string ErrorsOf(string queue) => $"{queue}_error";

    /// <summary>Where a message waits that has waited this often before: twice in each queue, and then on in the last one.</summary>
    public static (string Name, TimeSpan Time) WaitingFor(int waitsBefore)
    {
        var time = _waits[Math.Min(waitsBefore / 2, _waits.Length - 1)];
        var word = time < TimeSpan.FromMinutes(1) ? $"{time.TotalSeconds:0}s" : $"{time.TotalMinutes:0}m";
        return (string.Create(CultureInfo.InvariantCulture, $"redelivery-{word}"), time);
    }

    /// <summary>For a consumer's queue. Quorum queues survive the loss of a broker node when there are three; with one they are a durable log.</summary>
    public static Dictionary<string, object?> ConsumerArguments(string queue) => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = DeliveryLimit,
        ["x-dead-letter-exchange"] = "",
        ["x-dead-letter-routing-key"] = ErrorsOf(queue),
        ["x-dead-letter-strategy"] = Safely,
        ["x-overflow"] = Refuse,
    };

    public static Dictionary<string, object?> ErrorArguments => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = NoLimit,
    };

    /// <summary>What has waited long enough goes to the queue that it came from: its name is the message's routing key.</summary>
    public static Dictionary<string, object?> WaitingArguments(TimeSpan time) => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-message-ttl"] = (long)time.TotalMilliseconds,
        ["x-dead-letter-exchange"] = "",
        ["x-dead-letter-strategy"] = Safely,
        ["x-overflow"] = Refuse,
    };
}
