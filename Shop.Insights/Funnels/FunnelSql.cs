using System.Globalization;
using System.Text;
using Shop.Insights.Queries;

namespace Shop.Insights.Funnels;

/// <summary>
/// The SQL of a funnel: one table expression for each step (s1, s2, ...) with the units that reached it, the position of the first step,
/// that of the step before, and that of the step.
/// </summary>
/// <remarks>
/// A unit enters with its first event of step 1 in the range, and once. From there, the earliest event of each next step is taken that is
/// not before the latest step, where <see cref="SimultaneousEvents"/> have no order: no other choice reaches more steps, because the
/// window begins with the first step.
/// </remarks>
internal sealed class FunnelSql
{
    private readonly FunnelQuery _query;
    private readonly SqlParameters _sql;
    private readonly string _unit;
    private readonly string _from;
    private readonly string _to;
    private readonly string _end;
    private readonly string _window;
    private readonly IReadOnlyList<string> _conditions;
    private readonly string _carriers;

    public FunnelSql(FunnelQuery query, SqlParameters sql)
    {
        (_query, _sql, _unit) = (query, sql, query.Scope.Unit.GetColumn());
        _from = sql.Add(query.Scope.From.UtcDateTime);
        _to = sql.Add(query.Scope.To.UtcDateTime);
        // The last steps of a unit that enters at the end of the range.
        _end = sql.Add((query.Scope.To + query.Window).UtcDateTime);
        _window = sql.Add((long)query.Window.TotalMilliseconds);
        _conditions = [.. query.Steps.Select(GetCondition)];
        _carriers = $"name = ANY({sql.Add(ScopeFilterSql.GetCarriers(GetNames()))})";
    }

    /// <summary>Returns the table expressions, from WITH on.</summary>
    public string GetTables()
    {
        var text = new StringBuilder("WITH ");
        EventDimension[] breakdown = _query.Breakdown is { } by ? [by] : [];
        foreach (var dimension in _query.Scope.Filters.Keys.Union(breakdown))
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                {GetTable(dimension)} AS (
                    SELECT {_unit} AS unit, (array_agg({dimension.GetExpression()} ORDER BY position))[1] AS value
                    FROM events
                    WHERE {InRange(_end)} AND {_carriers} AND {dimension.GetExpression()} IS NOT NULL
                    GROUP BY {_unit}),

                """);
        }

        var filters = _query.Scope.Filters
            .Select(filter => $" JOIN {GetTable(filter.Key)} f{filter.Key} ON f{filter.Key}.unit = e.unit "
                + $"AND f{filter.Key}.value = {_sql.Add(filter.Value)}");
        text.Append(CultureInfo.InvariantCulture, $"""
            s1 AS (
                SELECT e.unit, e.position AS first, e.position AS previous, e.position, e.position AS latest
                FROM (
                    SELECT {_unit} AS unit, min(position) AS position
                    FROM events
                    WHERE {InRange(_to)} AND {_conditions[0]}
                    GROUP BY {_unit}) e{string.Concat(filters)})
            """);
        if (_query.Order is StepOrder.Any)
        {
            AppendStepsInAnyOrder(text);
        }
        else
        {
            for (var step = 2; step <= _query.Steps.Count; step++)
            {
                AppendStep(text, step);
            }
        }

        return text.ToString();
    }

    /// <summary>Returns a query for the figures of all steps: step, value of the breakdown, count, median and 90th percentile.</summary>
    public string GetFigures()
    {
        var (value, join, group) = _query.Breakdown is { } by
            ? ("b.value", $" LEFT JOIN {GetTable(by)} b ON b.unit = s.unit", " GROUP BY b.value")
            : ("NULL::text", "", "");
        return $"{GetTables()}\n" + string.Join("\nUNION ALL ", Enumerable.Range(1, _query.Steps.Count).Select(step =>
            string.Create(CultureInfo.InvariantCulture, $"""
                SELECT {step}, {value}, count(*), {GetPercentiles(step)}
                FROM s{step} s{join}{group}
                """)));

        // Step 1 has no step before, and most units: their times would be sorted for nothing.
        static string GetPercentiles(int step)
        {
            const string Percentile = "WITHIN GROUP (ORDER BY greatest(0, (s.position >> 22) - (s.previous >> 22)))";
            return step == 1
                ? "NULL::double precision, NULL::double precision"
                : $"percentile_cont(0.5) {Percentile}, percentile_cont(0.9) {Percentile}";
        }
    }

    /// <summary>
    /// Returns a query for the latest units that reached a step, or that reached the step before and not this one: unit, first position,
    /// number and position of the last step.
    /// </summary>
    public string GetUnits(int step, bool lost, int limit)
    {
        var (table, number) = lost ? (step - 1, step - 1) : (step, step);
        var condition = lost
            ? string.Create(CultureInfo.InvariantCulture, $" WHERE NOT EXISTS (SELECT FROM s{step} n WHERE n.unit = s.unit)")
            : "";
        // The trace and the session are in the row of the event, which is found by its time and name.
        return string.Create(CultureInfo.InvariantCulture, $"""
            {GetTables()},
            listed AS (
                SELECT s.unit, s.first, s.position FROM s{table} s{condition} ORDER BY s.position DESC LIMIT {limit})
            SELECT l.unit, e.session_id, l.first, {number}, l.position, e.trace_id
            FROM listed l
            LEFT JOIN LATERAL (
                SELECT session_id, trace_id FROM events
                WHERE time = to_timestamp((l.position >> 22) / 1000.0) AND name = ANY({_sql.Add(GetNames())})
                    AND position = l.position AND {_unit} = l.unit
                LIMIT 1) e ON true
            ORDER BY l.position DESC
            """);
    }

    /// <summary>
    /// Returns the table expressions with one more, <c>lost</c>: the units that reached the step before and not this one, the positions of
    /// their first and last steps, the first time that is not certainly before the last step, and the end of the window.
    /// </summary>
    public string GetLost(int step) => string.Create(CultureInfo.InvariantCulture, $"""
        {GetTables()},
        lost AS MATERIALIZED (
            SELECT s.unit, s.first, s.position,
                to_timestamp(({SimultaneousEvents.GetFirstPosition("s.position")} >> 22) / 1000.0) AS since,
                to_timestamp(((s.first >> 22) + {_window}) / 1000.0) AS until
            FROM s{step - 1} s
            WHERE NOT EXISTS (SELECT FROM s{step} n WHERE n.unit = s.unit))
        """);

    private string[] GetNames() => [.. _query.Steps.Select(step => step.Event).Distinct()];

    private void AppendStep(StringBuilder text, int step)
    {
        var first = $"e.position >= {SimultaneousEvents.GetFirstPosition("s.latest")}";
        var isAfter = GetLastOfSameName(step) is { } same ? $"e.position > {GetPosition(same, step - 1)}" : "true";
        var (events, position, having) = (_conditions[step - 1], "min(e.position)", "");
        if (_query.Order is StepOrder.Strict)
        {
            // No event of another step is in between. A repeat of the last step is none, even if it is one of another step as well.
            var others = string.Join(" OR ", _conditions.Where((_, index) => index != step - 2).Distinct());
            events = $"({others}) AND ({_conditions[step - 1]} OR {_conditions[step - 2]} IS NOT TRUE)";
            position = $"min(e.position) FILTER (WHERE e.hit AND {isAfter})";
            having = $"""
                 HAVING {position} < coalesce(
                    min(e.position) FILTER (WHERE e.hit IS NOT TRUE AND e.position > s.latest), {long.MaxValue})
                """;
            isAfter = "true";
        }

        var kept = GetKept(step).ToList();
        text.Append(CultureInfo.InvariantCulture, $"""
            ,
            s{step} AS (
                SELECT s.unit, s.first, s.position AS previous, {position} AS position, greatest(s.latest, {position}) AS latest
                    {string.Concat(kept.Select(other => $", {GetPosition(other, step - 1)} AS p{other}"))}
                FROM s{step - 1} s
                JOIN (
                    SELECT {_unit} AS unit, position, {_conditions[step - 1]} AS hit FROM events WHERE {InRange(_end)} AND ({events})) e
                    ON e.unit = s.unit AND {first} AND {isAfter} AND (e.position >> 22) - (s.first >> 22) <= {_window}
                GROUP BY s.unit, s.first, s.position, s.latest
                    {string.Concat(kept.Select(other => $", {GetPosition(other, step - 1)}"))}{having})
            """);
    }

    private void AppendStepsInAnyOrder(StringBuilder text)
    {
        var steps = Enumerable.Range(2, _query.Steps.Count - 1).ToList();
        var positions = string.Join(", ", steps.Select(step => $"p{step}"));
        var earliest = steps.Select(step => $"min(e.position) FILTER (WHERE e.is{step}{(
            _query.Steps[step - 1].Event == _query.Steps[0].Event ? " AND e.position > s.first" : "")}) AS p{step}");
        text.Append(CultureInfo.InvariantCulture, $"""
            ,
            reached AS (
                SELECT s.unit, s.first, {string.Join(", ", earliest)}
                FROM s1 s
                JOIN (
                    SELECT {_unit} AS unit, position, {string.Join(", ", steps.Select(step => $"{_conditions[step - 1]} AS is{step}"))}
                    FROM events
                    WHERE {InRange(_end)} AND ({string.Join(" OR ", _conditions.Skip(1).Distinct())})) e
                    ON e.unit = s.unit AND e.position >= {SimultaneousEvents.GetFirstPosition("s.first")}
                        AND (e.position >> 22) - (s.first >> 22) <= {_window}
                GROUP BY s.unit, s.first),
            sorted AS (
                SELECT unit, first, ARRAY(
                    SELECT p FROM unnest(ARRAY[{positions}]) p WHERE p IS NOT NULL ORDER BY p) AS p
                FROM reached)
            """);
        foreach (var step in steps)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                ,
                s{step} AS (
                    SELECT unit, first, {(step == 2 ? "first" : $"p[{step - 2}]")} AS previous, p[{step - 1}] AS position
                    FROM sorted WHERE cardinality(p) >= {step - 1})
                """);
        }
    }

    // The number of the last step before with the same event; null for none.
    private int? GetLastOfSameName(int step) => Enumerable.Range(1, step - 1)
        .Where(other => _query.Steps[other - 1].Event == _query.Steps[step - 1].Event)
        .Select(int? (other) => other)
        .LastOrDefault();

    // The steps before the one before a step whose positions a later step needs.
    private IEnumerable<int> GetKept(int step) => Enumerable.Range(step + 1, _query.Steps.Count - step)
        .Select(GetLastOfSameName)
        .OfType<int>()
        .Where(other => other > 1 && other < step)
        .Distinct();

    // The column of the table of a step with the position of a step up to it.
    private static string GetPosition(int step, int table) => step == 1 ? "s.first" : step == table ? "s.position" : $"s.p{step}";

    private string InRange(string end) =>
        $"time >= {_from} AND time < {end} AND {_unit} IS NOT NULL" + (_query.Scope.IncludesSynthetic ? "" : " AND NOT synthetic");

    private string GetCondition(FunnelStep step) =>
        $"(name = {_sql.Add(step.Event)}"
        + string.Concat(step.Properties.Select(property => $" AND {_sql.GetProperty(property.Key)} = {_sql.Add(property.Value)}"))
        + ")";

    private static string GetTable(EventDimension dimension) => $"by_{dimension.ToString().ToLowerInvariant()}";
}
