using System.Globalization;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Queries;

namespace Shop.Insights.Jumps;

/// <summary>Reads jumps from the stored events.</summary>
internal sealed class JumpReader(InsightsDbContext db, EventFreshness freshness)
{
    /// <summary>The number of parts of a range.</summary>
    public const int Buckets = 60;

    /// <summary>The number of pairs that are returned at most.</summary>
    public const int MaxPairs = 200;

    /// <summary>The time within which the target of a jump must be requested.</summary>
    public static readonly TimeSpan ReachTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Gets the largest number of jumps of a range. They need 100 MB.</summary>
    public int MaxJumps { get; init; } = 2_000_000;

    /// <summary>Counts the jumps of each pair.</summary>
    /// <exception cref="QueryLimitException">The range has too many jumps.</exception>
    /// <remarks>
    /// The database finds the jumps and whether they have reached their targets, and this process counts them, which needs some 50 bytes
    /// for each. Sorts and windows of the database take several times as long.
    /// </remarks>
    public async Task<JumpResult> ReadAsync(JumpQuery query, CancellationToken cancellationToken)
    {
        var scope = query.Scope;
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        var pairs = await CountAsync(query, cancellationToken);

        // Whether a target that no jump has reached emits events at all.
        var reached = pairs.Where(pair => pair.Reached > 0).Select(pair => pair.To).ToHashSet(StringComparer.Ordinal);
        var missed = pairs.Where(pair => pair.NotSeen > 0 && !reached.Contains(pair.To)).Select(pair => pair.To).Distinct().ToArray();
        var silent = missed.Except(
            missed.Length == 0 ? [] : await ReadObservedAsync(scope, missed, cancellationToken), StringComparer.Ordinal).ToHashSet();
        foreach (var pair in pairs.Where(pair => silent.Contains(pair.To)))
        {
            pair.ForgetReached();
        }

        return new(
            scope.From, scope.To, await freshness.GetNewestAsync(cancellationToken), scope.IncludesSynthetic,
            (scope.To - scope.From).TotalSeconds / Buckets,
            pairs.Sum(pair => pair.Count),
            [
                .. pairs.OrderByDescending(pair => pair.Count)
                    .ThenBy(pair => pair.From, StringComparer.Ordinal)
                    .ThenBy(pair => pair.To, StringComparer.Ordinal)
                    .ThenBy(pair => pair.Status ?? int.MaxValue)
                    .Take(MaxPairs)
                    .Select(pair => pair.ToResult()),
            ]);
    }

    private async Task<IReadOnlyCollection<JumpCounter>> CountAsync(JumpQuery query, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var pairs = new Dictionary<(string From, string To, int? Status), JumpCounter>();
        await using var command = sql.CreateCommand(await db.OpenAsync(cancellationToken), CreateSql(query, sql));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        for (var count = 0; await reader.ReadAsync(cancellationToken); count++)
        {
            QueryLimitException.Check(count, MaxJumps, "jumps");
            var key = (reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : ParseStatus(reader.GetString(2)));
            if (!pairs.TryGetValue(key, out var pair))
            {
                pair = new(key.Item1, key.Item2, key.Item3, query.Scope.From, query.Scope.To);
                pairs.Add(key, pair);
            }

            pair.Add(
                reader.GetDateTime(3),
                reader.IsDBNull(4) ? null : reader.GetInt64(4),
                reader.IsDBNull(5) ? null : reader.GetString(5),
                reader.IsDBNull(6) ? null : reader.GetBoolean(6));
        }

        return pairs.Values;
    }

    // Here, as a regular expression of the database for each jump takes longer.
    private static int? ParseStatus(string text) =>
        text.Length == 3 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : null;

    private async Task<IReadOnlyCollection<string>> ReadObservedAsync(
        EventScope scope, string[] targets, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var (from, end) = (sql.Add(scope.From.UtcDateTime), sql.Add((scope.To + ReachTimeout).UtcDateTime));
        await using var command = sql.CreateCommand(
            await db.OpenAsync(cancellationToken),
            $"""
            SELECT DISTINCT page_path FROM events
            WHERE time >= {from} AND time < {end} AND name IN {JumpSql.Requested}
                AND page_path = ANY({sql.Add(targets)})
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var observed = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            observed.Add(reader.GetString(0));
        }

        return observed;
    }

    private static string CreateSql(JumpQuery query, SqlParameters sql)
    {
        var scope = query.Scope;
        var (from, to) = (sql.Add(scope.From.UtcDateTime), sql.Add(scope.To.UtcDateTime));
        // The browser reports a redirect by a script when it has left the page, and perhaps after the request of the next one.
        var (first, last) = (sql.Add((scope.From - ReachTimeout).UtcDateTime), sql.Add((scope.To + ReachTimeout).UtcDateTime));
        var (names, timeout) = (sql.Add(JumpSql.Names), sql.Add(ReachTimeout));
        var synthetic = scope.GetSyntheticCondition();
        var filters = ScopeFilterSql.GetConditions(scope, sql, JumpSql.Names);
        // Its target follows a redirect, whatever the clocks: the page before it is often the same, as for a line that is added to the
        // cart.
        // The jumps are read twice: that takes less time than a join with a materialized table, which has one process only. The targets
        // are joined as a whole: looking each one up by the index reads the same pages again and again. A unit is a number here, which
        // makes the rows short.
        return $"""
            WITH jumps AS NOT MATERIALIZED (
                SELECT event_id, time, session_id, request_id, hashtextextended({scope.Unit.GetColumn()}, 0) AS unit, trace_id, name,
                    {(query.Pairs is JumpPairs.Route ? JumpSql.From : JumpSql.Referrer)} AS jump_from,
                    {JumpSql.To} AS jump_to,
                    {JumpSql.StatusText} AS status
                FROM events
                WHERE time >= {from} AND time < {to} AND name = ANY({names}){synthetic}{filters}),
            arrived AS (
                SELECT DISTINCT j.event_id
                FROM jumps j
                JOIN events e ON e.session_id = j.session_id AND e.page_path = j.jump_to
                WHERE j.name <> '{JumpSql.Unauthorized}'
                    AND e.time >= {first} AND e.time <= {last}
                    AND e.time >= j.time - CASE j.name WHEN '{JumpSql.BrowserRedirected}' THEN {timeout} ELSE interval '0' END
                    AND e.time <= j.time + {timeout}
                    AND e.name IN {JumpSql.Requested}
                    AND e.event_id <> j.event_id AND (j.request_id IS NULL OR e.request_id IS DISTINCT FROM j.request_id)
                    AND coalesce(e.properties ->> 'http.response.status_code', '') < '4')
            SELECT j.jump_from, j.jump_to, j.status, j.time, j.unit, j.trace_id,
                CASE
                    WHEN j.session_id IS NULL OR j.name = '{JumpSql.Unauthorized}' OR j.jump_to IN ('external', 'other') THEN NULL
                    ELSE a.event_id IS NOT NULL
                END
            FROM jumps j LEFT JOIN arrived a ON a.event_id = j.event_id
            """;
    }
}
