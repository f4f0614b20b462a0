namespace Shop.Insights.Paths;

/// <summary>The paths of visitors, as the columns and links of a Sankey diagram.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">End of the range, exclusive.</param>
/// <param name="AsOf">The time of the newest event; null if there is none.</param>
/// <param name="Backwards">Whether step 1 is the end of the paths, and step 2 what was before.</param>
/// <param name="Units">The number of sessions or journeys with a path.</param>
/// <param name="Nodes">The nodes of all steps, of the 50,000 most frequent paths.</param>
/// <param name="Links">The links between the nodes of one step and those of the next, of the same paths.</param>
public sealed record PathResult(
    DateTimeOffset From,
    DateTimeOffset To,
    DateTimeOffset? AsOf,
    bool Backwards,
    long Units,
    IReadOnlyList<PathNode> Nodes,
    IReadOnlyList<PathLink> Links);

/// <summary>A page or event at a step.</summary>
/// <param name="Step">The step, from 1 on.</param>
/// <param name="Name">The route or event.</param>
/// <param name="Kind"><c>node</c>, <c>other</c> (all nodes that are not among the top) or <c>none</c> (no further action).</param>
/// <param name="Count">The number of units.</param>
public sealed record PathNode(int Step, string Name, string Kind, long Count);

/// <summary>A link from a node to one of the next step.</summary>
/// <param name="Step">The step of the first node.</param>
/// <param name="From">The first node.</param>
/// <param name="To">The node of the next step.</param>
/// <param name="Count">The number of units.</param>
public sealed record PathLink(int Step, string From, string To, long Count);
