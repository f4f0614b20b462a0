using System.Data;
using Npgsql;
using Shop.Insights.Data;
using Shop.Insights.Events;

namespace Shop.Insights.Funnels.Blocks;

/// <summary>Keeps a <see cref="SessionBlock"/> of each hour that has ended.</summary>
/// <remarks>
/// A block has the number of stored events at its creation. It is read only while that is their number: <c>event_counts</c> has it from the
/// transaction that stores them, and events are never changed. An hour with late events is read from its rows until its block is created
/// again. Events that somebody deletes by hand stay in <c>event_counts</c>; the comparison of closed days finds them, and deletes the
/// blocks.
/// </remarks>
internal sealed class SessionBlockStore(
    BackgroundConnections connections, EventStore events, TimeProvider time, ILogger<SessionBlockStore> log)
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

    /// <summary>The time after the end of an hour at which its block is created: most events are stored within seconds.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMinutes(5);

    /// <summary>Creates the blocks that are missing or out of date, the latest first, and deletes those before the first day.</summary>
    /// <returns>The number of blocks.</returns>
    public async Task<int> UpdateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        var (first, end) = (GetFirstHour(), (time.GetUtcNow() - Delay - SessionBlock.Length).UtcDateTime);
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

        var created = 0;
        foreach (var hour in hours)
        {
            try
            {
                created += await CreateAsync(connection, hour, cancellationToken) ? 1 : 0;
            }
            catch (NpgsqlException exception) when (connection.State is ConnectionState.Open)
            {
                // Those of other hours are created.
                log.SessionBlockFailed(hour, exception);
            }
        }

        return created;
    }

    // Returns false if another replica creates one at the moment.
    private static async Task<bool> CreateAsync(NpgsqlConnection connection, DateTime hour, CancellationToken cancellationToken)
    {
        // One replica creates blocks at a time. One transaction each: other replicas may go on with the next hour.
        await using var transaction = await connection.BeginQueryAsync(cancellationToken);
        if (!await connection.TryLockAsync(AdvisoryLocks.SessionBlocks, cancellationToken))
        {
            return false;
        }

        await using var save = CreateCommand(Save, hour, connection);
        await save.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Deletes the blocks of a day, whose events are not those that were counted. They are created again.</summary>
    public static async Task DeleteAsync(NpgsqlConnection connection, DateOnly day, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("DELETE FROM session_blocks WHERE hour >= $1 AND hour < $2", connection);
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = GetStart(day) }, new() { Value = GetStart(day.AddDays(1)) }]);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Returns the first hour that has a block.</summary>
    public DateTime GetFirstHour() => GetStart(events.GetFirstDay());

    private static DateTime GetStart(DateOnly day) => day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);

    /// <summary>Creates a command for the block of an hour.</summary>
    public static NpgsqlCommand CreateCommand(string sql, DateTime hour, NpgsqlConnection connection) => new(sql, connection)
    {
        CommandTimeout = TimeoutSeconds,
        Parameters = { new() { Value = hour }, new() { Value = new DateTimeOffset(hour).ToUnixTimeMilliseconds() } },
    };
}
