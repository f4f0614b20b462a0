using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;

namespace Shop.Insights.Queries;

/// <summary>The parameters that all questions share, as the API describes them. <see cref="QueryFields"/> reads them.</summary>
internal class ScopeParameters
{
    [FromQuery(Name = "from"), Description("First time, such as 2026-11-26T18:00:00Z. Default: 'last' before 'to'.")]
    public string? From { get; init; }

    [FromQuery(Name = "to"), Description("Time behind the last one. Default: now.")]
    public string? To { get; init; }

    [FromQuery(Name = "last")]
    [Description("Length of the range if 'from' is missing, such as 1h, 24h or 7d, up to 3660d. Default: 24h.")]
    public string? Last { get; init; }

    [FromQuery(Name = "unit"), OneOf<EventUnit>, Description("What is counted: session or journey. Default: session.")]
    public string? Unit { get; init; }

    [FromQuery(Name = "segment"), Description("Only this segment: new, returning or member.")]
    public string? Segment { get; init; }

    [FromQuery(Name = "variant"), Description("Only this variant: experiment and group, such as checkout:two_steps.")]
    public string? Variant { get; init; }

    [FromQuery(Name = "source"), Description("Only visitors from this source.")]
    public string? Source { get; init; }

    [FromQuery(Name = "device"), Description("Only this class of device.")]
    public string? Device { get; init; }

    [FromQuery(Name = "synthetic"), Flag, Description("true to count programs, such as a load test, too.")]
    public string? Synthetic { get; init; }

    [FromQuery(Name = "format"), Description("csv for CSV.")]
    public string? Format { get; init; }
}
