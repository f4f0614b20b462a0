using Shop.Insights.Queries;

namespace Shop.Insights.Jumps;

/// <summary>A query of jumps.</summary>
/// <param name="Scope">The events.</param>
/// <param name="Pairs">What a pair begins with.</param>
internal sealed record JumpQuery(EventScope Scope, JumpPairs Pairs)
{
    /// <summary>Reads a query from the query parameters. Do not use the result if the fields have errors.</summary>
    public static JumpQuery Read(QueryFields fields) => new(fields.GetScope(), fields.GetEnum("pairs", JumpPairs.Route));
}

/// <summary>What a pair begins with.</summary>
internal enum JumpPairs
{
    /// <summary>The route that answered the request.</summary>
    Route,

    /// <summary>The page that the visitor came from, by the header <c>Referer</c>.</summary>
    Referrer,
}
