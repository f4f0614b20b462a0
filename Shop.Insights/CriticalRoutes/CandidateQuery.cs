using Shop.Insights.Funnels;
using Shop.Insights.Queries;

namespace Shop.Insights.CriticalRoutes;

/// <summary>A query of the pages and events that lead to a conversion.</summary>
/// <param name="Scope">The events.</param>
/// <param name="Conversion">The event that is the conversion.</param>
internal sealed record CandidateQuery(EventScope Scope, FunnelStep Conversion)
{
    /// <summary>Reads a query from the query parameters. Do not use the result if the fields have errors.</summary>
    public static CandidateQuery Read(QueryFields fields, CriticalRouteCandidateOptions options)
    {
        // The options are validated at startup.
        var missing = FunnelStep.Parse(options.Conversion)!;
        var conversion = fields.GetText("conversion") is { } text ? FunnelStep.Parse(text) : missing;
        if (conversion is null)
        {
            fields.AddError("conversion", "Write 'event' or 'event property=value'.");
        }

        return new(fields.GetScope(), conversion ?? missing);
    }
}
