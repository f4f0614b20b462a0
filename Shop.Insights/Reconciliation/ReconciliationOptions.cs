using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Insights.Reconciliation;

/// <summary>The comparison of the counts that are kept as events arrive with the stored events of a closed day.</summary>
public sealed class ReconciliationOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:Reconciliation";

    /// <summary>The share of the events of a day by which the counts may differ without an alert. 0 to 1.</summary>
    [Range(0.0, 1.0)]
    public double MaxDifference { get; set; } = 0.001;
}

[OptionsValidator]
internal sealed partial class ReconciliationOptionsValidator : IValidateOptions<ReconciliationOptions>;
