using System.Globalization;
using Microsoft.Extensions.Options;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Queries;
using Shop.Insights.Statistics;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling.CriticalRoutes.Accepted;

namespace Shop.Insights.CriticalRoutes;

/// <summary>Finds, in the stored events, the pages and events after which sessions convert more often than others.</summary>
internal sealed class CandidateReader(
    InsightsDbContext db, EventFreshness freshness, AcceptedRouteStore accepted, IOptions<CriticalRouteCandidateOptions> options)
{
    // Selected by support and not by lift: a selection by lift would bias the p-values.
    private const int MaxItems = 200;

    /// <summary>Computes the association of each page and event with the conversion.</summary>
    public async Task<CandidateResult> ReadAsync(CandidateQuery query, CancellationToken cancellationToken)
    {
        var (units, converted, rows) = await ReadRowsAsync(query, cancellationToken);
        var routes = await accepted.ListAsync(cancellationToken);
        var items = rows.Select(row => (Row: row, Lift: new Lift(units, converted, row.Units, row.Converted), Rule: GetRule(row, routes)))
            .ToList();
        var tests = items.Where(item => item.Rule is null)
            .Select(item => (item.Row, Test: item.Lift.Test()))
            .Where(item => item.Test is not null)
            .ToList();
        var probabilities = tests.Select(test => test.Row)
            .Zip(MultipleTests.Adjust([.. tests.Select(test => test.Test!.PValue)]))
            .ToDictionary(pair => pair.First, pair => pair.Second);
        return new(
            query.Scope.From,
            query.Scope.To,
            await freshness.GetNewestAsync(cancellationToken),
            query.Scope.Unit.ToString().ToLowerInvariant(),
            query.Conversion.ToString(),
            query.Scope.IncludesSynthetic,
            units,
            converted,
            tests.Count,
            [
                .. items.Select(item => CreateItem(
                        item.Row, item.Lift, item.Rule, probabilities.TryGetValue(item.Row, out var probability) ? probability : null))
                    .OrderByDescending(item => item.IsCandidate)
                    .ThenByDescending(item => item.Lift)
                    .ThenByDescending(item => item.Units)
                    .ThenBy(item => item.Name, StringComparer.Ordinal),
            ],
            routes);
    }

    private CandidateItem CreateItem(Row row, Lift lift, string? rule, double? probability)
    {
        var interval = lift.GetInterval();
        return new(
            row.Kind, row.Name, rule, row.Units, row.Converted, lift.Support, lift.Confidence, lift.Value, interval?.Low, interval?.High,
            probability, lift.Value >= options.Value.MinLift && probability <= options.Value.MaxPValue, row.SessionId, row.TraceId);
    }

    // The accepted route first: it has marked only newer events, and the mark of an event may be that of the route of its request. The
    // mark of a route that was withdrawn since says nothing about now.
    private static string? GetRule(Row row, IReadOnlyList<AcceptedRouteView> routes)
    {
        var inEffect = routes.Where(route => route.WithdrawnAt is null).ToList();
        var isWithdrawn = row.CriticalRoute?.StartsWith(AcceptedRoute.NamePrefix, StringComparison.Ordinal) is true
            && !inEffect.Exists(route => route.Name == row.CriticalRoute);
        return inEffect.Find(route => (row.Kind == CandidateItem.Page ? route.Page : route.Event) == row.Name)?.Name
            ?? (isWithdrawn ? null : row.CriticalRoute);
    }

    private async Task<(long Units, long Converted, List<Row> Rows)> ReadRowsAsync(
        CandidateQuery query, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var (units, converted, rows) = (0L, 0L, new List<Row>());
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        await using var command = sql.CreateCommand(await db.OpenAsync(cancellationToken), GetSql(query, sql));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            (units, converted) = (reader.GetInt64(0), reader.GetInt64(1));
            // Without a page or event, there is one row, which has the totals only.
            if (!reader.IsDBNull(2))
            {
                rows.Add(new(
                    reader.GetString(2), reader.GetString(3), GetText(4), reader.GetInt64(5), reader.GetInt64(6), GetText(7), GetText(8)));
            }
        }

        return (units, converted, rows);

        string? GetText(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }

    private string GetSql(CandidateQuery query, SqlParameters sql)
    {
        var (scope, conversion) = (query.Scope, query.Conversion);
        var unit = scope.Unit.GetColumn();
        var isConversion = $"({conversion.GetCondition(sql)})";
        var condition = $"time >= {sql.Add(scope.From.UtcDateTime)} AND time < {sql.Add(scope.To.UtcDateTime)} AND {unit} IS NOT NULL"
            + scope.GetSyntheticCondition()
            + ScopeFilterSql.GetConditions(scope, sql, [conversion.Event]);
        // Views of addresses that are no page of the shop have no route that a rule could mark.
        return string.Create(CultureInfo.InvariantCulture, $"""
            WITH scoped AS (
                SELECT {unit} AS unit, position, session_id, trace_id, {isConversion} IS TRUE AS is_conversion,
                    CASE WHEN name = 'page.viewed' THEN '{CandidateItem.Page}' ELSE '{CandidateItem.Event}' END AS kind,
                    CASE WHEN name = 'page.viewed' THEN page_path ELSE name END AS node,
                    properties ->> '{JourneyKeys.CriticalRoute}' AS critical_route
                FROM events WHERE {condition}),
            conversions AS (SELECT unit, min(position) AS position FROM scoped WHERE is_conversion GROUP BY unit),
            total AS (
                SELECT (SELECT count(*) FROM (SELECT unit FROM scoped GROUP BY unit) u) AS units,
                    (SELECT count(*) FROM conversions) AS converted),
            visits AS (
                SELECT unit, kind, node, min(position) AS position, count(*) AS events, count(critical_route) AS marked,
                    max(critical_route) AS critical_route
                FROM scoped WHERE NOT is_conversion AND node IS NOT NULL AND (kind <> '{CandidateItem.Page}' OR node LIKE '/%')
                GROUP BY unit, kind, node),
            nodes AS (
                SELECT kind, node, count(*) FILTER (WHERE is_before) AS units,
                    count(*) FILTER (WHERE is_before AND is_converted) AS converted,
                    -- Marked if half of its events are: a rule may be newer than the first of them.
                    CASE WHEN 2 * sum(marked) >= sum(events) THEN max(critical_route) END AS critical_route,
                    coalesce(
                        max(position) FILTER (WHERE is_before AND is_converted), max(position) FILTER (WHERE is_before)) AS example
                FROM (
                    SELECT v.*, c.unit IS NOT NULL AS is_converted, c.unit IS NULL OR v.position < c.position AS is_before
                    FROM visits v LEFT JOIN conversions c ON c.unit = v.unit) v
                GROUP BY kind, node
                HAVING count(*) FILTER (WHERE is_before) >= {sql.Add(options.Value.MinSessions)}
                    AND count(*) FILTER (WHERE is_before) >= {sql.Add(options.Value.MinSupport)} * (SELECT units FROM total)
                ORDER BY units DESC, kind, node LIMIT {MaxItems}),
            examples AS (
                SELECT DISTINCT ON (s.kind, s.node) s.kind, s.node, s.session_id, s.trace_id
                FROM nodes n JOIN scoped s ON s.kind = n.kind AND s.node = n.node AND s.position = n.example
                ORDER BY s.kind, s.node)
            SELECT t.units, t.converted, n.kind, n.node, n.critical_route, n.units, n.converted, e.session_id, e.trace_id
            FROM total t LEFT JOIN (nodes n JOIN examples e ON e.kind = n.kind AND e.node = n.node) ON true
            """);
    }

    private sealed record Row(
        string Kind, string Name, string? CriticalRoute, long Units, long Converted, string? SessionId, string? TraceId);
}
