using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Insights.Quality;

/// <summary>The quality of the stored events.</summary>
public sealed class QualityOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:Quality";

    /// <summary>
    /// The share of the events of a service and name that must have an id. Lower shares are marked, and raise an alert. 0 to 1.
    /// </summary>
    [Range(0.0, 1.0)]
    public double MinShare { get; set; } = 0.98;
}

[OptionsValidator]
internal sealed partial class QualityOptionsValidator : IValidateOptions<QualityOptions>;
