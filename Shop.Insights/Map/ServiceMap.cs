namespace Shop.Insights.Map;

/// <summary>What calls what, as the spans of a range of time show it.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">End of the range, exclusive.</param>
/// <param name="AsOf">The time of the newest span; null if there is none.</param>
/// <param name="Nodes">The services, and what they call.</param>
/// <param name="Edges">The calls between two nodes, the most frequent ones first.</param>
public sealed record ServiceMap(
    DateTimeOffset From, DateTimeOffset To, DateTimeOffset? AsOf, IReadOnlyList<MapNode> Nodes, IReadOnlyList<MapEdge> Edges)
{
    /// <summary>The time without a call after which an edge is fading.</summary>
    internal static readonly TimeSpan FadingDelay = TimeSpan.FromMinutes(1);
}

/// <summary>A node of the map.</summary>
/// <param name="Id">The kind and the name, such as <c>service/cart</c>.</param>
/// <param name="Name">The name.</param>
/// <param name="Kind">
/// <c>clients</c> (callers from outside), <c>unknown</c> (callers whose spans are missing), <c>service</c>, <c>database</c>,
/// <c>messaging</c> (a destination of messages) or <c>external</c> (an address that is none of a service).
/// </param>
/// <param name="System">The kind of database or broker, such as <c>postgresql</c>; null for all others.</param>
/// <param name="LastAt">The time of its last call, in either direction.</param>
/// <param name="IsFading">Whether no call was in the last minute of the range. It leaves the map with the range.</param>
public sealed record MapNode(string Id, string Name, string Kind, string? System, DateTimeOffset LastAt, bool IsFading);

/// <summary>The calls from one node to another.</summary>
/// <param name="From">The node that calls.</param>
/// <param name="To">The node that is called.</param>
/// <param name="Count">The number of calls. Where traces are sampled, it is an estimate.</param>
/// <param name="RatePerMinute">The number of calls per minute of the range.</param>
/// <param name="ErrorShare">The share of the calls that failed, from 0 to 1.</param>
/// <param name="P95Milliseconds">The 95th percentile of the durations, in milliseconds; null if the count is 0.</param>
/// <param name="Spans">The number of spans from which the figures are computed.</param>
/// <param name="LastAt">The time of the last call.</param>
/// <param name="IsFading">Whether no call was in the last minute of the range. It leaves the map with the range.</param>
/// <param name="TraceId">The trace of the last call that failed; without one, of the last call.</param>
public sealed record MapEdge(
    string From,
    string To,
    double Count,
    double RatePerMinute,
    double ErrorShare,
    double? P95Milliseconds,
    long Spans,
    DateTimeOffset LastAt,
    bool IsFading,
    string TraceId);

/// <summary>The kinds of nodes.</summary>
internal static class MapNodeKinds
{
    public const string Clients = "clients";
    public const string Unknown = "unknown";
    public const string Service = "service";
    public const string Database = "database";
    public const string Messaging = "messaging";
    public const string External = "external";
}
