using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Insights.Correlations;

/// <summary>The events and properties that are compared between the sessions that were lost and those that continued.</summary>
public sealed class CorrelationOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:Correlations";

    /// <summary>
    /// The number of sessions that must have an event or value, and that must not have it. Others are not compared. 1 to 1,000,000.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MinSessions { get; set; } = 20;
}

[OptionsValidator]
internal sealed partial class CorrelationOptionsValidator : IValidateOptions<CorrelationOptions>;
