using System.Data;
using Npgsql;
using Shop.Insights.Data;

namespace Shop.Insights.Funnels.Blocks;

/// <summary>Reads the blocks of a range of time, which have all its events.</summary>
internal sealed class SessionBlockReader(InsightsDbContext db, SessionBlockStore store, SessionBlockCache cache)
{
    // Blocks of other hours are created for one question, which takes longer than to read their rows.
    private const int MaxCreated = 2;

    private const string List =
        """
        SELECT c.hour, CASE WHEN b.events = c.events AND c.hour >= $3 THEN b.xmin END AS version
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
        var (stored, missing) = (new List<(DateTime Hour, uint Version)>(), new List<DateTime>());
        await using (var list = new NpgsqlCommand(List, connection))
        {
            list.Parameters.AddRange((NpgsqlParameter[])
                [new() { Value = first }, new() { Value = to.UtcDateTime }, new() { Value = store.GetFirstHour() }]);
            await using var reader = await list.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (reader.IsDBNull(1))
                {
                    missing.Add(reader.GetDateTime(0));
                }
                else
                {
                    stored.Add((reader.GetDateTime(0), reader.GetFieldValue<uint>(1)));
                }
            }
        }

        if (missing.Count > MaxCreated || missing.Count > stored.Count)
        {
            return null;
        }

        var blocks = new List<SessionBlock>(stored.Count + missing.Count);
        var absent = new Dictionary<DateTime, uint>();
        foreach (var (hour, version) in stored)
        {
            if (cache.Find(hour, version) is { } block)
            {
                blocks.Add(block);
            }
            else
            {
                absent.Add(hour, version);
            }
        }

        if (absent.Count > 0)
        {
            await using var select = new NpgsqlCommand(
                "SELECT hour, names, sessions, counts, codes, times FROM session_blocks WHERE hour = ANY($1)", connection);
            select.Parameters.Add(new() { Value = absent.Keys.ToArray() });
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var block = SessionBlock.Read(reader);
                var hour = reader.GetDateTime(0);
                cache.Add(hour, absent[hour], block);
                blocks.Add(block);
            }
        }

        foreach (var hour in missing)
        {
            await using var create = SessionBlockStore.CreateCommand(SessionBlock.Create, hour, connection);
            await using var reader = await create.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            blocks.Add(SessionBlock.Read(reader));
        }

        return [.. blocks.OrderBy(block => block.Start)];
    }
}
