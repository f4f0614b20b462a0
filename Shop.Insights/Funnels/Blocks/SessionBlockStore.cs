using Npgsql;
using Shop.Insights.Data;
using Shop.Insights.Events;

namespace Shop.Insights.Funnels.Blocks;

/// <summary>Keeps a <see cref="SessionBlock"/> of each hour that has ended.</summary>
/// <remarks>
/// A block has the number of the events from which it was created. It is read only while that is the number of stored events, which
/// <c>event_counts</c> has from the transaction that stores them: events are never changed, so a block with the same number is the same.
/// An hour with late events is read from its rows until its block is created again.
/// </remarks>
internal sealed class SessionBlockStore(BackgroundConnections connections, EventStore events, TimeProvider time)
{
    private const int TimeoutSeconds = 300;

    private const string ListStale =
        """
        SELECT c.hour
        FROM (SELECT hour, sum(count) AS events FROM event_counts WHERE hour >= $1 AND hour < $2 GROUP BY hour) c
        LEFT JOIN session_blocks b ON b.hour = c.hour
        WHERE b.events IS DISTINCT FROM c.events
        ORDER BY c.hour DESC
        """;

    private const string Save =
        $"""
        INSERT INTO session_blocks (hour, events, names, sessions, counts, codes, times)
        {SessionBlock.Create}
        ON CONFLICT (hour) DO UPDATE SET
            events = excluded.events, names = excluded.names, sessions = excluded.sessions, counts = excluded.counts,
            codes = excluded.codes, times = excluded.times
        """;

    // Most events are stored within seconds.
    private static readonly TimeSpan _delay = TimeSpan.FromMinutes(5);

    /// <summary>Creates the blocks that are missing or out of date, the latest first, and deletes those before the first day.</summary>
    /// <returns>The number of blocks.</returns>
    public async Task<int> UpdateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        var (first, end) = (GetFirstHour(), (time.GetUtcNow() - _delay - SessionBlock.Length).UtcDateTime);
        await using (var delete = new NpgsqlCommand("DELETE FROM session_blocks WHERE hour < $1", connection))
        {
            delete.Parameters.Add(new() { Value = first });
            await delete.ExecuteNonQueryAsync(cancellationToken);
        }

        var hours = new List<DateTime>();
        await using (var list = new NpgsqlCommand(ListStale, connection))
        {
            list.Parameters.AddRange((NpgsqlParameter[])[new() { Value = first }, new() { Value = end }]);
            await using var reader = await list.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                hours.Add(reader.GetDateTime(0));
            }
        }

        foreach (var hour in hours)
        {
            // One replica creates blocks at a time. One transaction each: other replicas may go on with the next hour.
            await using var transaction = await connection.BeginQueryAsync(cancellationToken);
            await using var tryLock = new NpgsqlCommand($"SELECT pg_try_advisory_xact_lock({AdvisoryLocks.SessionBlocks})", connection);
            if (!(bool)(await tryLock.ExecuteScalarAsync(cancellationToken))!)
            {
                return 0;
            }

            await using var save = CreateCommand(Save, hour, connection);
            await save.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        return hours.Count;
    }

    /// <summary>Returns the first hour that has a block.</summary>
    public DateTime GetFirstHour() => events.GetFirstDay().ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);

    /// <summary>Creates a command for the block of an hour.</summary>
    public static NpgsqlCommand CreateCommand(string sql, DateTime hour, NpgsqlConnection connection) => new(sql, connection)
    {
        CommandTimeout = TimeoutSeconds,
        Parameters = { new() { Value = hour }, new() { Value = new DateTimeOffset(hour).ToUnixTimeMilliseconds() } },
    };
}
