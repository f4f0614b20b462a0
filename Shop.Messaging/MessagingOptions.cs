using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Messaging;

/// <summary>Settings of messaging.</summary>
public sealed class MessagingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shop:Messaging";

    /// <summary>
    /// Whether this process handles messages. One that does not, such as a canary, leaves them to the other replicas of its service. It
    /// still gets broadcasts.
    /// </summary>
    public bool HandlesMessages { get; set; } = true;

    /// <summary>
    /// How long a publisher waits for the broker's confirmation. After that, publishing fails. 100 ms to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Maximum number of unacknowledged messages per queue and process. 1 to 1,000.</summary>
    [Range(1, 1000)]
    public ushort Prefetch { get; set; } = 32;

    /// <summary>Number of immediate retries after a conflict with a concurrent change. 0 to 20.</summary>
    [Range(0, 20)]
    public int ConflictRetries { get; set; } = 5;

    /// <summary>
    /// Number of retries with growing delays after a transient error. The message keeps its prefetch slot meanwhile, so use few retries
    /// with short delays. 0 to 10.
    /// </summary>
    [Range(0, 10)]
    public int TransientRetries { get; set; } = 3;

    /// <summary>Delay before the first transient retry; it grows exponentially with jitter. 10 ms to 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan InitialRetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Maximum delay between transient retries. 10 ms to 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Timeout of one attempt to handle a message, and of the wait for messages with the same partition key before it. The message is then
    /// redelivered later. 100 ms to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan HandlerTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Maximum number of delayed redeliveries: after 5 s and 30 s twice each, then after 5 min each. The
    /// message then goes to the error queue. 0 to 100.
    /// </summary>
    [Range(0, 100)]
    public int MaxRedeliveries { get; set; } = 8;

    /// <summary>Returns the time that all redeliveries of a message wait.</summary>
    public TimeSpan GetRedeliveryTime() => Enumerable.Range(0, MaxRedeliveries)
        .Aggregate(TimeSpan.Zero, (sum, redelivery) => sum + QueueTopology.RedeliveryQueueFor(redelivery).Delay);

    /// <summary>Interval at which the messages in error queues are counted. 1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ErrorQueueCheckInterval { get; set; } = TimeSpan.FromSeconds(10);
}

[OptionsValidator]
internal sealed partial class MessagingOptionsValidator : IValidateOptions<MessagingOptions>;
