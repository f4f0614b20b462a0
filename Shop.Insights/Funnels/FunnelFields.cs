using Shop.Insights.Queries;

namespace Shop.Insights.Funnels;

/// <summary>Reads a question about a funnel from the fields of an address.</summary>
internal static class FunnelFields
{
    private static readonly TimeSpan _maxWindow = TimeSpan.FromDays(30);

    /// <summary>Returns the question. It is of no use if the fields have errors.</summary>
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
