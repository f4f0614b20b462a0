using System.Globalization;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Queries;

namespace Shop.Insights.Paths;

/// <summary>Reads paths from the stored events.</summary>
internal sealed class PathReader(InsightsDbContext db, EventFreshness freshness)
{
    /// <summary>The name of the nodes that are not among the top.</summary>
    public const string Other = "other";

    /// <summary>The name of the end of a path that is shorter than the others.</summary>
    public const string NoFurtherAction = "no further action";

    // The actions of a visitor, apart from page views.
    private static readonly string[] _actions =
    [
        "cart.line_added", "cart.line_changed", "cart.line_removed", "checkout.submitted", "checkout.rejected", "payment.accepted",
        "payment.declined", "order.confirmed", "order.cancelled",
    ];

    /// <summary>
    /// Gets the largest number of different paths of a picture. The rarest of more are left out, and are counted as units.
    /// </summary>
    public int MaxPaths { get; init; } = 50_000;

    /// <summary>Counts the paths.</summary>
    public async Task<PathResult> ReadAsync(PathQuery query, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        await using var command = sql.CreateCommand(await db.OpenAsync(cancellationToken), GetSql(query, sql));
        var (paths, units) = (new List<(string[] Nodes, long Count)>(), 0L);
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                paths.Add((reader.GetFieldValue<string[]>(0), reader.GetInt64(1)));
                units = (long)reader.GetDecimal(2);
            }
        }

        var (nodes, links) = Summarize(paths, query.Steps, query.Top);
        return new(
            query.Scope.From, query.Scope.To, await freshness.GetNewestAsync(cancellationToken), query.Backwards, units, nodes, links);
    }

    /// <summary>Reduces paths to the most frequent nodes of each step, and the links between them.</summary>
    internal static (IReadOnlyList<PathNode> Nodes, IReadOnlyList<PathLink> Links) Summarize(
        IReadOnlyCollection<(string[] Nodes, long Count)> paths, int steps, int top)
    {
        var shown = Enumerable.Range(0, steps).Select(step => paths
                .Where(path => path.Nodes.Length > step)
                .GroupBy(path => path.Nodes[step], StringComparer.Ordinal)
                .OrderByDescending(group => group.Sum(path => path.Count))
                .ThenBy(group => group.Key, StringComparer.Ordinal)
                .Take(top)
                .Select(group => group.Key)
                .ToHashSet(StringComparer.Ordinal))
            .ToList();
        var (nodes, links) = (new Dictionary<(int, string), long>(), new Dictionary<(int, string, string), long>());
        foreach (var (path, count) in paths)
        {
            // Up to the step behind the last one, which says that there was none.
            for (var step = 0; step < steps && step <= path.Length; step++)
            {
                var name = GetName(path, step);
                nodes[(step, name)] = nodes.GetValueOrDefault((step, name)) + count;
                if (step > 0)
                {
                    var before = GetName(path, step - 1);
                    links[(step, before, name)] = links.GetValueOrDefault((step, before, name)) + count;
                }
            }
        }

        return (
            [
                .. nodes.Select(node => new PathNode(node.Key.Item1 + 1, node.Key.Item2, GetKind(node.Key.Item2), node.Value))
                    .OrderBy(node => node.Step)
                    .ThenBy(node => node.Kind switch { "node" => 0, "other" => 1, _ => 2 })
                    .ThenByDescending(node => node.Count)
                    .ThenBy(node => node.Name, StringComparer.Ordinal),
            ],
            [
                .. links.Select(link => new PathLink(link.Key.Item1, link.Key.Item2, link.Key.Item3, link.Value))
                    .OrderBy(link => link.Step)
                    .ThenByDescending(link => link.Count)
                    .ThenBy(link => link.From, StringComparer.Ordinal)
                    .ThenBy(link => link.To, StringComparer.Ordinal),
            ]);

        string GetName(string[] path, int step) =>
            step >= path.Length ? NoFurtherAction : shown[step].Contains(path[step]) ? path[step] : Other;

        static string GetKind(string name) => name switch { Other => "other", NoFurtherAction => "none", _ => "node" };
    }

    private string GetSql(PathQuery query, SqlParameters sql)
    {
        var unit = query.Scope.Unit.GetColumn();
        string[] names = query.Nodes is PathNodes.Pages ? ["page.viewed"] : ["page.viewed", .. _actions];
        var (from, to) = (sql.Add(query.Scope.From.UtcDateTime), sql.Add(query.Scope.To.UtcDateTime));
        var condition = $"time >= {from} AND time < {to} AND name = ANY({sql.Add(names)}) AND {unit} IS NOT NULL"
            + query.Scope.GetSyntheticCondition()
            + ScopeFilterSql.GetConditions(query.Scope, sql, names);
        var (aggregate, comparison, direction) = query.Backwards ? ("max", "<=", "DESC") : ("min", ">=", "ASC");
        var anchor = query.Anchor is null ? "" : $" WHERE node = {sql.Add(query.Anchor)}";
        return string.Create(CultureInfo.InvariantCulture, $"""
            WITH visited AS (
                SELECT {unit} AS unit, position, CASE WHEN name = 'page.viewed' THEN coalesce(page_path, 'other') ELSE name END AS node
                FROM events WHERE {condition}),
            nodes AS (
                SELECT unit, position, node
                FROM (SELECT *, lag(node) OVER (PARTITION BY unit ORDER BY position) AS before FROM visited) v
                WHERE before IS DISTINCT FROM node),
            anchors AS (SELECT unit, {aggregate}(position) AS position FROM nodes{anchor} GROUP BY unit),
            numbered AS (
                SELECT n.unit, n.node, row_number() OVER (PARTITION BY n.unit ORDER BY n.position {direction}) AS step
                FROM nodes n JOIN anchors a ON a.unit = n.unit AND n.position {comparison} a.position),
            paths AS (SELECT array_agg(node ORDER BY step) AS path FROM numbered WHERE step <= {query.Steps} GROUP BY unit)
            SELECT path, count(*), sum(count(*)) OVER () FROM paths GROUP BY path ORDER BY count(*) DESC, path LIMIT {MaxPaths}
            """);
    }
}
