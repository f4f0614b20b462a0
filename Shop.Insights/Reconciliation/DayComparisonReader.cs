using System.Text.Json;
using Shop.Insights.Data;
using Shop.Insights.Queries;

namespace Shop.Insights.Reconciliation;

/// <summary>Reads the comparisons of closed days.</summary>
internal sealed class DayComparisonReader(InsightsDbContext db)
{
    /// <summary>Returns the comparisons of a range, the latest day first.</summary>
    public async Task<IReadOnlyList<DayComparison>> ReadAsync(EventScope scope, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var (first, last) = (sql.Add(scope.FirstDay), sql.Add(scope.LastDay));
        await using var command = sql.CreateCommand(
            await db.OpenAsync(cancellationToken),
            $"""
            SELECT day, checked_at, live, recomputed, difference, allowed, differences FROM day_comparisons
            WHERE day >= {first} AND day <= {last}
            ORDER BY day DESC
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var days = new List<DayComparison>();
        while (await reader.ReadAsync(cancellationToken))
        {
            days.Add(new(
                reader.GetFieldValue<DateOnly>(0), new DateTimeOffset(reader.GetDateTime(1), TimeSpan.Zero), reader.GetInt64(2),
                reader.GetInt64(3), reader.GetInt64(4), reader.GetDouble(5),
                JsonSerializer.Deserialize<CountDifference[]>(reader.GetString(6))!));
        }

        return days;
    }
}
