using Shop.Insights.Funnels;
using Shop.Insights.Queries;

namespace Shop.Insights.Causes;

/// <summary>A query of the causes of lost units.</summary>
/// <param name="Funnel">The funnel.</param>
/// <param name="Step">The number of the step that was not reached, from 2 on.</param>
internal sealed record CauseQuery(FunnelQuery Funnel, int Step)
{
    /// <summary>
    /// Reads a query from the query parameters. The default of the step is the last one. Do not use the result if the fields have errors.
    /// </summary>
    public static CauseQuery Read(QueryFields fields, FunnelOptions options)
    {
        var funnel = FunnelFields.Read(fields, options);
        var last = Math.Max(FunnelStep.MinSteps, funnel.Steps.Count);
        return new(funnel, fields.GetNumber("step", last, FunnelStep.MinSteps, last));
    }
}
