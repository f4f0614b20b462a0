using Shop.Insights.Queries;

namespace Shop.Insights.Funnels;

/// <summary>Reads a query of a funnel from the query parameters.</summary>
internal static class FunnelFields
{
    private static readonly TimeSpan _maxWindow = TimeSpan.FromDays(30);

    /// <summary>Returns the query. Do not use the result if the fields have errors.</summary>
    public static FunnelQuery Read(QueryFields fields, FunnelOptions options)
    {
        if (!FunnelStep.TryParseAll(fields.GetText("steps", maxLength: 1000) ?? options.Steps, out var steps, out var error))
        {
            fields.AddError("steps", error);
        }

        return new(
            steps ?? [],
            fields.GetDuration("window", options.Window, _maxWindow),
            fields.GetEnum("order", StepOrder.Ordered),
            fields.GetScope(),
            fields.GetEnum<EventDimension>("by"));
    }
}
