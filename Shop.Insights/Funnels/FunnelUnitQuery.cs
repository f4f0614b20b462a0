using Shop.Insights.Queries;

namespace Shop.Insights.Funnels;

/// <summary>A query of the units of a funnel.</summary>
/// <param name="Funnel">The funnel.</param>
/// <param name="Step">The number of the step, from 1 on.</param>
/// <param name="Lost">Whether the units reached the step before and not this one.</param>
/// <param name="Limit">The number of units at most.</param>
internal sealed record FunnelUnitQuery(FunnelQuery Funnel, int Step, bool Lost, int Limit)
{
    /// <summary>The number of units at most.</summary>
    public const int MaxUnits = 500;

    /// <summary>Reads a query from the query parameters. Do not use the result if the fields have errors.</summary>
    public static FunnelUnitQuery Read(QueryFields fields, FunnelOptions options)
    {
        var funnel = FunnelFields.Read(fields, options);
        var lost = fields.GetFlag("lost");
        // None is lost before the first step.
        var first = lost ? FunnelStep.MinSteps : 1;
        return new(
            funnel,
            fields.GetNumber("step", first, first, Math.Max(first, funnel.Steps.Count)),
            lost,
            fields.GetNumber("limit", 100, 1, MaxUnits));
    }
}
