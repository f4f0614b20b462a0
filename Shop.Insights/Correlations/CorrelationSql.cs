using System.Globalization;
using Shop.Insights.Events;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;

namespace Shop.Insights.Correlations;

/// <summary>
/// The SQL of correlations: how many of the units that reached the step before had an event or value by then, among those that were lost
/// and those that reached the step.
/// </summary>
/// <remarks>
/// All units are compared at the same point: the step before. What follows is left out, because the two groups have different times for
/// it: a unit that continues has less of it than one that stays. An event counts if it is certainly before that step
/// (<see cref="SimultaneousEvents"/>), or is that step. So the step in question is never compared with itself.
/// </remarks>
internal sealed class CorrelationSql(FunnelQuery query, SqlParameters sql)
{
    /// <summary>The properties of events whose values are compared: those with few values, and no ids, times or amounts.</summary>
    public static readonly IReadOnlyList<string> Properties =
    [
        EventAttributes.PagePath, "http.response.status_code", "shop.reason", "shop.action", "shop.page.left_by", "shop.error.source",
        "error.type", "shop.jump.from", "shop.jump.to",
    ];

    private const string None = "NULL::text";

    /// <summary>
    /// Returns a query for the number of lost units and of those that reached the step, and for each event and value: event, property,
    /// value, and the same two numbers of the units that had it. Without an event or value, and without units of both kinds, there is one
    /// row, which has the totals only.
    /// </summary>
    /// <param name="step">The number of the step, from 2 on.</param>
    /// <param name="minUnits">The number of units that must have it, and that must not have it.</param>
    public string GetCounts(int step, int minUnits)
    {
        var unit = query.Scope.Unit.GetColumn();
        var (from, to) = (sql.Add(query.Scope.From.UtcDateTime), sql.Add((query.Scope.To + query.Window).UtcDateTime));
        // In any order, each step may be the last one.
        var steps = query.Order is StepOrder.Any ? query.Steps : [query.Steps[step - 2]];
        var names = sql.Add(steps.Select(item => item.Event).Distinct().ToArray());
        var min = sql.Add(minUnits);
        var values = Properties
            .Select(property => (Event: "name", Property: property, Value: sql.GetProperty(property)))
            .Concat(Enum.GetValues<EventDimension>().Select(dimension =>
                (Event: None, Property: dimension.ToString().ToLowerInvariant(), Value: dimension.GetExpression())))
            .Select((value, index) => (value.Event, value.Property, value.Value, Column: $"v{index}"))
            .ToList();
        // Each apart: to remove the repeats of a few short columns takes half the time of doing it for all events and values at once.
        var counts = values.Select(value => GetCount(value.Event, $"'{value.Property}'", value.Column))
            .Prepend(GetCount("name", None, None));
        return string.Create(CultureInfo.InvariantCulture, $"""
            {new FunnelSql(query, sql).GetTables()},
            units AS MATERIALIZED (
                SELECT row_number() OVER () AS number, s.unit, s.position, n.unit IS NOT NULL AS reached
                FROM s{step - 1} s LEFT JOIN s{step} n ON n.unit = s.unit),
            totals AS (
                SELECT count(*) FILTER (WHERE NOT reached) AS lost, count(*) FILTER (WHERE reached) AS reached FROM units),
            seen AS MATERIALIZED (
                SELECT u.number, u.reached, e.name, {string.Join(", ", values.Select(value => $"{value.Value} AS {value.Column}"))}
                FROM units u
                JOIN events e ON e.{unit} = u.unit
                WHERE e.time >= {from} AND e.time < {to}{query.Scope.GetSyntheticCondition()}
                    AND (e.position < {SimultaneousEvents.GetFirstPosition("u.position")}
                        OR (e.position = u.position AND e.name = ANY({names})))),
            counts AS (
                {string.Join("\n    UNION ALL ", counts)})
            SELECT t.lost, t.reached, c.event, c.property, c.value, c.lost, c.reached
            FROM totals t
            LEFT JOIN counts c ON t.lost > 0 AND t.reached > 0
                AND c.lost + c.reached >= {min} AND t.lost + t.reached - c.lost - c.reached >= {min}
            """);
    }

    private static string GetCount(string name, string property, string value) =>
        $"""
        SELECT event, {property} AS property, value,
            count(*) FILTER (WHERE NOT reached) AS lost, count(*) FILTER (WHERE reached) AS reached
        FROM (SELECT DISTINCT number, reached, {name} AS event, {value} AS value FROM seen
            {(value == None ? "" : $"WHERE {value} IS NOT NULL")}) x
        GROUP BY event, value
        """;
}
