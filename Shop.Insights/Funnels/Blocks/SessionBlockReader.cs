using System.Data;
using Npgsql;
using Shop.Insights.Data;

namespace Shop.Insights.Funnels.Blocks;

/// <summary>Reads the blocks of a range of time, which have all its events.</summary>
internal sealed class SessionBlockReader(InsightsDbContext db, SessionBlockStore store, SessionBlockCache cache, TimeProvider time)
{
    // For an hour without a current block, one is created for this query only, which takes longer than to read its rows.
    private const int MaxCreated = 2;

    // A query holds some 20 bytes for each event. PostgreSQL answers larger ones with bounded memory.
    private const long MaxEvents = 20_000_000;

    private const string List =
        """
        SELECT c.hour, c.events, CASE WHEN b.events = c.events AND c.hour >= $3 THEN b.xmin END AS version
        FROM (SELECT hour, sum(count)::bigint AS events FROM event_counts WHERE hour >= $1 AND hour < $2 GROUP BY hour) c
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
        var events = 0L;
        var (stored, missing) = (new List<(DateTime Hour, uint Version)>(), new List<DateTime>());
        await using (var list = new NpgsqlCommand(List, connection))
        {
            list.Parameters.AddRange((NpgsqlParameter[])
                [new() { Value = first }, new() { Value = to.UtcDateTime }, new() { Value = store.GetFirstHour() }]);
            await using var reader = await list.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                events += reader.GetInt64(1);
                if (reader.IsDBNull(2))
                {
                    missing.Add(reader.GetDateTime(0));
                }
                else
                {
                    stored.Add((reader.GetDateTime(0), reader.GetFieldValue<uint>(2)));
                }
            }
        }

        // The last hours have no blocks yet.
        var ended = time.GetUtcNow().UtcDateTime - (2 * SessionBlockStore.Delay) - SessionBlock.Length;
        if (events > MaxEvents || missing.Count(hour => hour <= ended) > MaxCreated || missing.Count > stored.Count)
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
