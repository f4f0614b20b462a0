using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Insights.Pages;

/// <summary>The pages of Insights.</summary>
public sealed class PageOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:Pages";

    /// <summary>
    /// The address of a trace, with <c>{traceId}</c> in the place of its id. The AppHost sets that of the Aspire dashboard. Without it,
    /// pages show the ids of traces.
    /// </summary>
    [RegularExpression("^https?://[^ ]+$")]
    public string? TraceUrl { get; set; }
}

[OptionsValidator]
internal sealed partial class PageOptionsValidator : IValidateOptions<PageOptions>;
