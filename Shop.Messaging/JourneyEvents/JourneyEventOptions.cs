using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Messaging.JourneyEvents;

/// <summary>Settings of how journey events are published to the broker.</summary>
public sealed class JourneyEventOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shop:JourneyEvents";

    /// <summary>
    /// Maximum number of events in memory that wait to be published, about 0.7 KB each. When half of them wait, they are spilled to disk.
    /// 100 to 1,000,000.
    /// </summary>
    [Range(100, 1_000_000)]
    public int QueueCapacity { get; set; } = 10_000;

    /// <summary>
    /// How long the code that emits an event waits for space in a full queue. After that, the event is lost and counted, and events are
    /// lost without a wait until there is space again. 0 to 1 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan EnqueueTimeout { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Maximum number of events in one message and in one spilled file. 1 to 1,000.</summary>
    [Range(1, 1000)]
    public int MaxBatchSize { get; set; } = 100;

    /// <summary>How long an event waits for others of its batch. 1 ms to 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan BatchDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Directory for the events that the broker does not take. Each process has a directory of its own in it, below the name of its
    /// application. By default it is <c>journey-events</c> in the user's local application data, or in the temporary directory of a user
    /// without a home.
    /// </summary>
    public string? SpillPath { get; set; }

    /// <summary>Maximum size of the spilled events of a process, in megabytes. 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int MaxSpillMegabytes { get; set; } = 200;
}

[OptionsValidator]
internal sealed partial class JourneyEventOptionsValidator : IValidateOptions<JourneyEventOptions>;
