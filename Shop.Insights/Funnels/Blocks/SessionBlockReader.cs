using System.Data;
using Npgsql;
using Shop.Insights.Data;

namespace Shop.Insights.Funnels.Blocks;

/// <summary>Reads the blocks of a range of time, which have all its events.</summary>
internal sealed class SessionBlockReader(InsightsDbContext db, SessionBlockStore store)
{
    // Blocks of other hours are created for one question, which takes longer than to read their rows.
    private const int MaxCreated = 2;

    private const string List =
        """
        SELECT c.hour, coalesce(b.events = c.events AND c.hour >= $3, false)
        FROM (SELECT hour, sum(count) AS events FROM event_counts WHERE hour >= $1 AND hour < $2 GROUP BY hour) c
        LEFT JOIN session_blocks b ON b.hour = c.hour
        ORDER BY c.hour
        """;

    /// <summary>Returns the blocks in the order of their hours; null if too few are stored for that to be worth it.</summary>
    public async Task<IReadOnlyList<SessionBlock>?> ReadAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var connection = await db.OpenAsync(cancellationToken);
        // All statements see the same events.
        await using var transaction = await db.BeginQueryAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var first = new DateTime(from.UtcTicks - (from.UtcTicks % SessionBlock.Length.Ticks), DateTimeKind.Utc);
        var (stored, missing) = (new List<DateTime>(), new List<DateTime>());
        await using (var list = new NpgsqlCommand(List, connection))
        {
            list.Parameters.AddRange((NpgsqlParameter[])
                [new() { Value = first }, new() { Value = to.UtcDateTime }, new() { Value = store.GetFirstHour() }]);
            await using var reader = await list.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                (reader.GetBoolean(1) ? stored : missing).Add(reader.GetDateTime(0));
            }
        }

        if (missing.Count > MaxCreated || missing.Count > stored.Count)
        {
            return null;
        }

        var blocks = new List<SessionBlock>(stored.Count + missing.Count);
        await using (var select = new NpgsqlCommand(
            "SELECT hour, names, sessions, counts, codes, times FROM session_blocks WHERE hour = ANY($1)", connection))
        {
            select.Parameters.Add(new() { Value = stored.ToArray() });
            await ReadBlocksAsync(select);
        }

        foreach (var hour in missing)
        {
            await using var create = SessionBlockStore.CreateCommand(SessionBlock.Create, hour, connection);
            await ReadBlocksAsync(create);
        }

        return [.. blocks.OrderBy(block => block.Start)];

        async Task ReadBlocksAsync(NpgsqlCommand command)
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                blocks.Add(SessionBlock.Read(reader));
            }
        }
    }
}
