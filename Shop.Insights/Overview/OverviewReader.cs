using Shop.Insights.Data;
using Shop.Insights.Queries;

namespace Shop.Insights.Overview;

/// <summary>Counts sessions and payments over time.</summary>
internal sealed class OverviewReader(InsightsDbContext db)
{
    private const int Buckets = 48;

    /// <summary>Returns the counts of equal parts of the range.</summary>
    public async Task<IReadOnlyList<OverviewBucket>> ReadAsync(EventScope scope, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var (from, to) = (sql.Add(scope.From.UtcDateTime), sql.Add(scope.To.UtcDateTime));
        var length = (scope.To - scope.From) / Buckets;
        var synthetic = scope.GetSyntheticCondition();
        var filters = ScopeFilterSql.GetConditions(scope, sql, ["payment.accepted"]);
        var text = $"""
            SELECT floor(extract(epoch FROM time - {from}) / {sql.Add(length.TotalSeconds)})::int AS bucket,
                count(DISTINCT session_id) FILTER (WHERE name = 'page.viewed'),
                count(DISTINCT order_id) FILTER (WHERE name = 'payment.accepted')
            FROM events
            WHERE time >= {from} AND time < {to} AND name IN ('page.viewed', 'payment.accepted'){synthetic}{filters}
            GROUP BY bucket
            """;
        var buckets = Enumerable.Range(0, Buckets)
            .Select(index => new OverviewBucket(scope.From + (length * index), scope.From + (length * (index + 1)), 0, 0))
            .ToArray();
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        await using var command = sql.CreateCommand(await db.OpenAsync(cancellationToken), text);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var index = Math.Clamp(reader.GetInt32(0), 0, Buckets - 1);
            buckets[index] = buckets[index] with { Sessions = reader.GetInt64(1), Payments = reader.GetInt64(2) };
        }

        return buckets;
    }
}

/// <summary>The counts of a part of the range.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">End of the range, exclusive.</param>
/// <param name="Sessions">The number of sessions with a page view.</param>
/// <param name="Payments">The number of paid orders.</param>
internal sealed record OverviewBucket(DateTimeOffset From, DateTimeOffset To, long Sessions, long Payments);
