using Shop.Insights.Queries;

namespace Shop.Insights.Paths;

/// <summary>A query of the paths of visitors.</summary>
/// <param name="Scope">The events.</param>
/// <param name="Nodes">The nodes of a path.</param>
/// <param name="Anchor">The page or event at which paths start, or end; null for the first, or last, of each unit.</param>
/// <param name="Backwards">Whether paths lead to the anchor, and not from it.</param>
/// <param name="Steps">The number of steps, with the anchor.</param>
/// <param name="Top">The number of nodes that are shown at each step. The rest are "other".</param>
internal sealed record PathQuery(EventScope Scope, PathNodes Nodes, string? Anchor, bool Backwards, int Steps, int Top)
{
    /// <summary>The number of steps at least.</summary>
    public const int MinSteps = 2;

    /// <summary>The number of steps at most.</summary>
    public const int MaxSteps = 8;

    /// <summary>The number of nodes at each step at most.</summary>
    public const int MaxTop = 12;

    /// <summary>Reads a query from the query parameters. Do not use the result if the fields have errors.</summary>
    public static PathQuery Read(QueryFields fields)
    {
        var (start, end) = (fields.GetText("start"), fields.GetText("end"));
        if (start is not null && end is not null)
        {
            fields.AddError("end", "Paths have a start or an end, not both.");
        }

        return new(
            fields.GetScope(),
            fields.GetEnum("nodes", PathNodes.Pages),
            start ?? end,
            end is not null,
            fields.GetNumber("steps", 5, MinSteps, MaxSteps),
            fields.GetNumber("top", 5, 1, MaxTop));
    }
}

/// <summary>The nodes of a path.</summary>
internal enum PathNodes
{
    /// <summary>Pages, by route.</summary>
    Pages,

    /// <summary>Pages, and what the visitor did: cart, checkout, order and payment.</summary>
    Events,
}
