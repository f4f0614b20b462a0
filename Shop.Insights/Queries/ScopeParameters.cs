using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;

namespace Shop.Insights.Queries;

/// <summary>The parameters that most queries share, as the API describes them.</summary>
internal class ScopeParameters : RangeParameters
{
    [FromQuery(Name = "unit"), EnumValue<EventUnit>, Description("The unit that is counted: session or journey. Default: session.")]
    public string? Unit { get; init; }

    [FromQuery(Name = "segment"), Description("Only this segment: new, returning or member.")]
    public string? Segment { get; init; }

    [FromQuery(Name = "variant"), Description("Only this experiment and variant, such as checkout:two_steps.")]
    public string? Variant { get; init; }

    [FromQuery(Name = "source"), Description("Only visitors from this source.")]
    public string? Source { get; init; }

    [FromQuery(Name = "device"), Description("Only this class of device.")]
    public string? Device { get; init; }

    [FromQuery(Name = "synthetic"), BooleanValue, Description("true to count synthetic visitors (simulated visitors and crawlers) too.")]
    public string? Synthetic { get; init; }
}
