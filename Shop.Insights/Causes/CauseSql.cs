using System.Globalization;
using Shop.Insights.Funnels;
using Shop.Insights.Jumps;
using Shop.Insights.Queries;

namespace Shop.Insights.Causes;

/// <summary>
/// The SQL of causes: one part for each rule, with the units for which it applies. A rule sees the spans and events of a unit from its last
/// step to the end of its window. A span that was running at the last step counts, because the last step is a part of it, and so does what
/// happened at the same time (<see cref="SimultaneousEvents"/>).
/// </summary>
internal sealed class CauseSql
{
    private readonly FunnelQuery _query;
    private readonly SqlParameters _sql;
    private readonly string _unit;
    private readonly string _range;

    public CauseSql(FunnelQuery query, SqlParameters sql)
    {
        (_query, _sql, _unit) = (query, sql, query.Scope.Unit.GetColumn());
        _range = $"time >= {sql.Add((query.Scope.From - SimultaneousEvents.MaxDifference).UtcDateTime)} "
            + $"AND time < {sql.Add((query.Scope.To + query.Window).UtcDateTime)}";
    }

    /// <summary>
    /// Returns a query for the latest units of each cause: rule (null for none), number of units, unit, session, position and trace.
    /// </summary>
    /// <param name="step">The step that was not reached.</param>
    /// <param name="conditions">The conditions of the rules, the first one that applies being the cause.</param>
    /// <param name="examples">The number of units of each cause.</param>
    public string GetCauses(int step, IReadOnlyList<CauseCondition> conditions, int examples)
    {
        var lost = new FunnelSql(_query, _sql).GetLost(step);
        var found = conditions.Select((condition, index) => string.Create(
            CultureInfo.InvariantCulture, $"SELECT {index} AS rule, l.unit, x.trace_id, x.time {GetMatches(condition)}"));
        var names = _sql.Add(_query.Steps.Select(item => item.Event).Distinct().ToArray());
        return string.Create(CultureInfo.InvariantCulture, $"""
            {lost},
            found AS (
                SELECT NULL::int AS rule, NULL::text AS unit, NULL::text AS trace_id, NULL::timestamptz AS time WHERE false
                UNION ALL {string.Join("\n    UNION ALL ", found)}),
            causes AS (
                SELECT DISTINCT ON (unit) unit, rule, trace_id FROM found ORDER BY unit, rule, time),
            ranked AS (
                SELECT c.rule, l.unit, l.position, c.trace_id,
                    count(*) OVER (PARTITION BY c.rule) AS units,
                    row_number() OVER (PARTITION BY c.rule ORDER BY l.position DESC, l.unit) AS number
                FROM lost l
                LEFT JOIN causes c ON c.unit = l.unit)
            SELECT r.rule, r.units, r.unit, e.session_id, r.position, coalesce(r.trace_id, e.trace_id)
            FROM ranked r
            LEFT JOIN LATERAL (
                SELECT session_id, trace_id FROM events
                WHERE time = to_timestamp((r.position >> 22) / 1000.0) AND name = ANY({names})
                    AND position = r.position AND {_unit} = r.unit
                LIMIT 1) e ON true
            WHERE r.number <= {examples}
            ORDER BY r.rule, r.number
            """);
    }

    private string GetMatches(CauseCondition condition) => condition.Subject switch
    {
        CauseSubject.Span =>
            $"""
            FROM lost l
            JOIN (SELECT {_unit} AS unit, time, duration, trace_id FROM spans
                WHERE {_range} AND {_unit} IS NOT NULL{string.Concat(condition.Comparisons.Select(GetSpanSql))}) x
                ON x.unit = l.unit AND x.time <= l.until AND x.time + x.duration * interval '1 microsecond' >= l.since
            """,
        CauseSubject.Event =>
            $"""
            FROM lost l
            JOIN ({GetEvents(condition.Event!, condition.Comparisons)}) x
                ON x.unit = l.unit AND x.time >= l.since AND x.position <> l.position AND x.time <= l.until
            {(condition.WithoutEvent is { } other ? GetAbsence(other, condition.WithoutComparisons) : "")}
            """,
        CauseSubject.LostRedirect =>
            $"""
            FROM lost l
            JOIN (SELECT {_unit} AS unit, position, time, trace_id, properties ->> 'shop.jump.to' AS target FROM events
                WHERE {_range} AND {_unit} IS NOT NULL AND name = '{JumpSql.Redirected}'
                    AND properties ->> 'shop.jump.to' NOT IN ('external', 'other')) x
                ON x.unit = l.unit AND x.time >= l.since AND x.position <> l.position AND x.time <= l.until
            WHERE NOT EXISTS (
                SELECT FROM (SELECT {_unit} AS unit, position, page_path FROM events WHERE {_range} AND name IN {JumpSql.Requested}) n
                WHERE n.unit = l.unit AND n.position > x.position AND n.page_path = x.target)
            """,
        _ => throw new ArgumentOutOfRangeException(nameof(condition)),
    };

    private string GetAbsence(string name, IReadOnlyList<CauseComparison> comparisons) =>
        $"""
        WHERE NOT EXISTS (
            SELECT FROM ({GetEvents(name, comparisons)}) w
            WHERE w.unit = l.unit AND w.position > x.position AND w.time <= l.until)
        """;

    private string GetSpanSql(CauseComparison comparison) => $" AND {SpanComparisonSql.GetSql(comparison, _sql, _range)}";

    private string GetEvents(string name, IReadOnlyList<CauseComparison> comparisons) =>
        $"SELECT {_unit} AS unit, position, time, trace_id FROM events WHERE {_range} AND {_unit} IS NOT NULL AND name = {_sql.Add(name)}"
        + string.Concat(comparisons.Select(comparison =>
            $" AND {_sql.GetProperty(comparison.Name)} = ANY({_sql.Add(comparison.Values.ToArray())})"));
}
