using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Insights.Spans;

/// <summary>How spans are received and stored.</summary>
public sealed class SpanOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:Spans";

    /// <summary>
    /// How long spans are kept, in whole days (UTC). Older days are deleted, and spans that arrive later are rejected. 1 d to 3650 d.
    /// </summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// The number of spans that wait to be stored at most, of about 1 KiB each. Further ones are refused with 503, and the sender retries.
    /// 20,000 to 1,000,000.
    /// </summary>
    [Range(Otlp.OtlpLimits.MaxSpans, 1_000_000)]
    public int QueueCapacity { get; set; } = 50_000;
}

[OptionsValidator]
internal sealed partial class SpanOptionsValidator : IValidateOptions<SpanOptions>;
