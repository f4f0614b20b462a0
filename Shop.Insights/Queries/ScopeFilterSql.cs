namespace Shop.Insights.Queries;

/// <summary>The SQL of the filters of a scope, for queries of single events.</summary>
internal static class ScopeFilterSql
{
    /// <summary>
    /// Returns conditions for the units whose first value is that of each filter, from AND on. The values are those of
    /// <see cref="GetCarriers"/>.
    /// </summary>
    /// <param name="scope">The scope.</param>
    /// <param name="sql">Receives the values.</param>
    /// <param name="names">The names of the events of the query.</param>
    public static string GetConditions(EventScope scope, SqlParameters sql, IEnumerable<string> names)
    {
        if (scope.Filters.Count == 0)
        {
            return "";
        }

        var unit = scope.Unit.GetColumn();
        var (from, to) = (sql.Add(scope.From.UtcDateTime), sql.Add(scope.To.UtcDateTime));
        var allNames = sql.Add(GetCarriers(names));
        var synthetic = scope.GetSyntheticCondition();
        return string.Concat(scope.Filters.Select(filter =>
            $"""
             AND {unit} IN (
                SELECT {unit} FROM events
                WHERE time >= {from} AND time < {to} AND name = ANY({allNames}){synthetic}
                    AND {unit} IS NOT NULL AND {filter.Key.GetExpression()} IS NOT NULL
                GROUP BY {unit} HAVING (array_agg({filter.Key.GetExpression()} ORDER BY position))[1] = {sql.Add(filter.Value)})
            """));
    }

    /// <summary>
    /// Returns the names of the events from which a unit has its first segment, variant, source and device: those in question, and page
    /// views, as only they have a source and a device.
    /// </summary>
    public static string[] GetCarriers(IEnumerable<string> names) => [.. names.Prepend("page.viewed").Distinct()];
}
