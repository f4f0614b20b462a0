using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Insights.Events;

/// <summary>The storage of journey events.</summary>
public sealed class EventOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:Events";

    /// <summary>
    /// How long events are kept, in whole days (UTC). Older days are deleted, and events that arrive later are dropped and counted. 1 d to
    /// 3650 d.
    /// </summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);
}

[OptionsValidator]
internal sealed partial class EventOptionsValidator : IValidateOptions<EventOptions>;
