using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.ServiceDefaults.Messaging;

/// <summary>The knobs of messaging, each with the value it has when nobody turns it.</summary>
public sealed class MessagingOptions
{
    public const string Section = "Messaging";

    /// <summary>How long a publisher waits for the broker's word before it gives up.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Messages that an endpoint may have in hand at once.</summary>
    [Range(1, 1000)]
    public ushort Prefetch { get; set; } = 32;

    /// <summary>Retries at once, for conflicts that a second look resolves.</summary>
    [Range(0, 20)]
    public int ConflictRetries { get; set; } = 5;

    /// <summary>Retries with growing pauses, for trouble that passes; then the message is parked in the error queue.</summary>
    [Range(0, 50)]
    public int TransientRetries { get; set; } = 12;

    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromMilliseconds(200);

    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(15);
}

[OptionsValidator]
internal sealed partial class MessagingOptionsValidator : IValidateOptions<MessagingOptions>;
