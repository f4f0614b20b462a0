using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;

namespace Shop.Insights.Queries;

/// <summary>
/// The range of a question and the format of its response, as the API describes them. <see cref="QueryFields"/> reads them. The values
/// are texts, so that a problem names the field that is wrong.
/// </summary>
internal class RangeParameters
{
    [FromQuery(Name = "from"), Description("First time, such as 2026-11-26T18:00:00Z. Default: 'last' before 'to'.")]
    public string? From { get; init; }

    [FromQuery(Name = "to"), Description("End of the range, exclusive. Default: now.")]
    public string? To { get; init; }

    [FromQuery(Name = "last")]
    [Description("Length of the range if 'from' is missing, such as 1h, 24h or 7d, up to 3660d. Default: 24h.")]
    public string? Last { get; init; }

    [FromQuery(Name = "format"), Description("csv for CSV.")]
    public virtual string? Format { get; init; }
}
