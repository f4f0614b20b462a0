using Shop.Insights.Funnels;
using Shop.Insights.Queries;

namespace Shop.Insights.Experiments;

/// <summary>A query of experiments.</summary>
/// <param name="Scope">The range of time of the first exposure, and whose events are counted.</param>
/// <param name="Conversion">The event that counts as a conversion: the last step of the funnel.</param>
/// <param name="Window">The time from the first exposure to the conversion at most.</param>
internal sealed record ExperimentQuery(EventScope Scope, FunnelStep Conversion, TimeSpan Window)
{
    /// <summary>Reads a query from the query parameters. Do not use the result if the fields have errors.</summary>
    public static ExperimentQuery Read(QueryFields fields, FunnelOptions options)
    {
        var funnel = FunnelFields.Read(fields, options);
        return new(funnel.Scope, funnel.Steps.Count > 0 ? funnel.Steps[^1] : new("", "", []), funnel.Window);
    }
}
