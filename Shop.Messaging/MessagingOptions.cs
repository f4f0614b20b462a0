using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Messaging;

/// <summary>The knobs of messaging, each with the value it has when nobody turns it.</summary>
public sealed class MessagingOptions
{
    public const string Section = "Shop:Messaging";

    /// <summary>How long a publisher waits for the broker's word before it gives up.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Messages that an endpoint may have in hand at once.</summary>
    [Range(1, 1000)]
    public ushort Prefetch { get; set; } = 32;

    /// <summary>Retries at once, for conflicts that a second look resolves.</summary>
    [Range(0, 20)]
    public int ConflictRetries { get; set; } = 5;

    /// <summary>Retries with growing pauses, for trouble that passes at once. Few and short: meanwhile the message keeps its place from others.</summary>
    [Range(0, 10)]
    public int TransientRetries { get; set; } = 3;

    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan InitialRetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long consuming one message may take. Then it gives its place to others, and waits.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan ConsumeTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How often a message may wait in a queue of its own for trouble to pass: 5 s and 30 s twice each, then 5 min each. Eight are
    /// 21 minutes. Then it is parked in the error queue.
    /// </summary>
    [Range(0, 100)]
    public int MaxRedeliveries { get; set; } = 8;

    /// <summary>How often the parked messages are counted.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ErrorQueueCheckInterval { get; set; } = TimeSpan.FromSeconds(10);
}

[OptionsValidator]
internal sealed partial class MessagingOptionsValidator : IValidateOptions<MessagingOptions>;
