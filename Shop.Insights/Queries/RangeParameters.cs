using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;

namespace Shop.Insights.Queries;

/// <summary>
/// The range of a query and the format of its response, as the API describes them. <see cref="QueryFields"/> reads them. The values are
/// strings, so that a validation problem names the parameter.
/// </summary>
internal class RangeParameters
{
    [FromQuery(Name = "from"), Description("Start of the range, inclusive, such as 2026-11-26T18:00:00Z. Default: 'last' before 'to'.")]
    public string? From { get; init; }

    [FromQuery(Name = "to"), Description("End of the range, exclusive. Default: now.")]
    public string? To { get; init; }

    [FromQuery(Name = "last")]
    [Description("Length of the range if 'from' is missing, such as 1h, 24h or 7d, up to 3660d. Default: 24h.")]
    public string? Last { get; init; }

    [FromQuery(Name = "format"), Description("csv for CSV.")]
    public virtual string? Format { get; init; }
}
