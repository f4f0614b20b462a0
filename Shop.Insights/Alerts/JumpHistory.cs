using Npgsql;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Jumps;
using Shop.Insights.Statistics;

namespace Shop.Insights.Alerts;

/// <summary>Reads the jumps that rules and baselines are about.</summary>
/// <param name="connection">The connection.</param>
/// <param name="includesSynthetic">Whether simulated visitors count. Crawlers always do.</param>
internal sealed class JumpHistory(NpgsqlConnection connection, bool includesSynthetic)
{
    private const int MaxTraces = 3;

    // Nights and holidays may have no jumps.
    private static readonly TimeSpan _quietTime = TimeSpan.FromDays(7);

    // A baseline reads the jumps of hours. The default is for single rows.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);

    // Crawlers count: any caller may have the name of one.
    private readonly string _jumps = "name = ANY(@names)"
        + (includesSynthetic ? "" : $" AND (NOT synthetic OR properties ->> '{EventAttributes.SyntheticType}' = 'bot')");

    /// <summary>Counts the jumps of each pair and step between two times.</summary>
    public async Task<JumpWindows> GetWindowsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var command = CreateCommand(
            $"""
            SELECT {JumpSql.From}, {JumpSql.To}, floor(extract(epoch FROM time) / @step)::bigint AS step, count(*)::int
            FROM events WHERE time >= @from AND time < @to AND {_jumps}
            GROUP BY 1, 2, 3
            """,
            ("step", JumpWindows.Step.TotalSeconds), ("from", from.UtcDateTime), ("to", to.UtcDateTime), ("names", JumpSql.Names));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var counts = new Dictionary<(JumpRoute, long), int>();
        while (await reader.ReadAsync(cancellationToken))
        {
            counts[(new(reader.GetString(0), reader.GetString(1)), reader.GetInt64(2))] = reader.GetInt32(3);
        }

        return new(counts);
    }

    /// <summary>Learns what is usual for a pair in a range of time; null if less than an hour has passed since the first jump.</summary>
    public async Task<RobustBaseline?> GetBaselineAsync(
        JumpRoute route, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        const int MinMinutes = 60;
        var hasEarlier = await HasJumpsAsync(from - _quietTime, from, cancellationToken);
        // Minutes without a jump of this pair count too, from the first jump of any pair on.
        await using var command = CreateCommand(
            $"""
            SELECT min(time), floor(extract(epoch FROM time - @from) / 60)::int AS minute,
                (count(*) FILTER (WHERE {JumpSql.From} = @jump_from AND {JumpSql.To} = @jump_to))::int
            FROM events WHERE time >= @from AND time < @to AND {_jumps}
            GROUP BY 2 ORDER BY 2
            """,
            ("from", from.UtcDateTime), ("to", to.UtcDateTime), ("names", JumpSql.Names), ("jump_from", route.From),
            ("jump_to", route.To));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var last = (int)(to - from).TotalMinutes;
        var (first, counts) = (hasEarlier ? 0 : last, new Dictionary<int, int>());
        while (await reader.ReadAsync(cancellationToken))
        {
            first = Math.Min(first, (int)(new DateTimeOffset(reader.GetDateTime(0), TimeSpan.Zero) - from).TotalMinutes);
            counts[reader.GetInt32(1)] = reader.GetInt32(2);
        }

        return last - first < MinMinutes
            ? null
            : RobustBaseline.Create([.. Enumerable.Range(first, last - first).Select(minute => counts.GetValueOrDefault(minute))]);
    }

    /// <summary>Returns the latest traces of jumps between some routes.</summary>
    public async Task<string[]> GetTracesAsync(
        IReadOnlyCollection<JumpRoute> routes, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var command = CreateCommand(
            $"""
            SELECT trace_id, max(time) FROM events
            WHERE time >= @from AND time < @to AND {_jumps} AND trace_id IS NOT NULL
                AND ({JumpSql.From}, {JumpSql.To}) IN (SELECT * FROM unnest(@jump_from, @jump_to))
            GROUP BY trace_id ORDER BY max(time) DESC LIMIT {MaxTraces}
            """,
            ("from", from.UtcDateTime), ("to", to.UtcDateTime), ("names", JumpSql.Names),
            ("jump_from", routes.Select(route => route.From).ToArray()), ("jump_to", routes.Select(route => route.To).ToArray()));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var traces = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            traces.Add(reader.GetString(0));
        }

        return [.. traces];
    }

    private async Task<bool> HasJumpsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var command = CreateCommand(
            $"SELECT EXISTS (SELECT FROM events WHERE time >= @from AND time < @to AND {_jumps})",
            ("from", from.UtcDateTime), ("to", to.UtcDateTime), ("names", JumpSql.Names));
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private NpgsqlCommand CreateCommand(string sql, params (string Name, object? Value)[] parameters) =>
        connection.CreateCommand(sql, _timeout, parameters);
}
