using System.Globalization;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Queries;

namespace Shop.Insights.Jumps;

/// <summary>Answers questions about jumps from the stored events.</summary>
internal sealed class JumpReader(InsightsDbContext db, EventFreshness freshness)
{
    /// <summary>The number of parts of a range.</summary>
    public const int Buckets = 60;

    /// <summary>The time within which the target of a jump must be requested.</summary>
    public static readonly TimeSpan ReachTimeout = TimeSpan.FromSeconds(30);

    private const int MaxPairs = 200;
    private const int MaxTraces = 3;

    /// <summary>Counts the jumps of each pair.</summary>
    public async Task<JumpResult> ReadAsync(JumpQuery query, CancellationToken cancellationToken)
    {
        var (scope, sql) = (query.Scope, new SqlText());
        var (minutes, bucket) = ((scope.To - scope.From).TotalMinutes, (scope.To - scope.From) / Buckets);
        var (pairs, count) = (new List<JumpPair>(), 0L);
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        await using var command = sql.CreateCommand(await db.OpenAsync(cancellationToken), GetSql(query, bucket, sql));
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var rates = new double[Buckets];
                foreach (var (index, number) in reader.GetFieldValue<int[]>(10).Zip(reader.GetFieldValue<int[]>(11)))
                {
                    rates[index] = number / bucket.TotalMinutes;
                }

                count = reader.GetInt64(9);
                pairs.Add(new(
                    reader.GetString(0),
                    reader.GetString(1),
                    reader.IsDBNull(2) ? null : reader.GetInt32(2),
                    reader.GetInt64(3),
                    reader.GetInt64(4),
                    reader.GetInt64(5),
                    reader.GetInt64(6),
                    reader.GetInt64(3) - reader.GetInt64(5) - reader.GetInt64(6),
                    reader.GetInt64(3) / minutes,
                    reader.GetInt64(7),
                    rates,
                    [.. reader.GetFieldValue<string?[]>(8).OfType<string>().Distinct().Take(MaxTraces)]));
            }
        }

        return new(
            scope.From, scope.To, await freshness.GetNewestAsync(cancellationToken), scope.IncludesSynthetic, bucket.TotalSeconds,
            count, pairs);
    }

    private static string GetSql(JumpQuery query, TimeSpan bucket, SqlText sql)
    {
        var scope = query.Scope;
        var unit = scope.Unit.GetColumn();
        var (from, to) = (sql.Add(scope.From.UtcDateTime), sql.Add(scope.To.UtcDateTime));
        // The targets of jumps at the end of the range.
        var end = sql.Add((scope.To + ReachTimeout).UtcDateTime);
        var (names, timeout) = (sql.Add(JumpSql.Names), sql.Add(ReachTimeout));
        var synthetic = scope.IncludesSynthetic ? "" : " AND NOT synthetic";
        var filters = ScopeFilterSql.GetConditions(scope, sql, JumpSql.Names);
        // The browser reports a redirect by a script when it has left the page, and perhaps after the request of the next one.
        return string.Create(CultureInfo.InvariantCulture, $"""
            WITH jumps AS MATERIALIZED (
                SELECT event_id, time, session_id, request_id, {unit} AS unit, trace_id, name,
                    {(query.Pairs is JumpPairs.Route ? JumpSql.From : JumpSql.Referrer)} AS jump_from,
                    {JumpSql.To} AS jump_to,
                    {JumpSql.Status} AS status
                FROM events
                WHERE time >= {from} AND time < {to} AND name = ANY({names}){synthetic}{filters}),
            observed AS MATERIALIZED (
                SELECT DISTINCT page_path FROM events
                WHERE time >= {from} AND time < {end} AND name IN ('page.viewed', '{JumpSql.Redirected}') AND page_path IS NOT NULL),
            followed AS (
                SELECT j.*, CASE
                    WHEN j.session_id IS NULL OR j.name = '{JumpSql.Unauthorized}' OR o.page_path IS NULL THEN NULL
                    ELSE EXISTS (
                        SELECT FROM events e
                        WHERE e.session_id = j.session_id
                            AND e.time >= j.time - CASE j.name WHEN '{JumpSql.BrowserRedirected}' THEN {timeout} ELSE interval '0' END
                            AND e.time <= j.time + {timeout}
                            AND e.name IN ('page.viewed', '{JumpSql.Redirected}')
                            AND e.page_path = j.jump_to
                            AND e.event_id <> j.event_id AND (j.request_id IS NULL OR e.request_id IS DISTINCT FROM j.request_id)
                            AND coalesce(e.properties ->> 'http.response.status_code', '') < '4') END AS reached
                FROM jumps j LEFT JOIN observed o ON o.page_path = j.jump_to AND j.jump_to NOT IN ('external', 'other')),
            measured AS (
                SELECT *,
                    least(floor(extract(epoch FROM time - {from}) / {sql.Add(bucket.TotalSeconds)}), {Buckets - 1})::int AS bucket,
                    count(*) OVER (
                        PARTITION BY jump_from, jump_to, status ORDER BY time
                        RANGE BETWEEN interval '59.999 seconds' PRECEDING AND CURRENT ROW) AS in_minute
                FROM followed),
            pairs AS (
                SELECT jump_from, jump_to, status, count(*) AS count, count(DISTINCT unit) AS units,
                    count(*) FILTER (WHERE reached) AS reached, count(*) FILTER (WHERE NOT reached) AS not_seen,
                    max(in_minute) AS peak,
                    (array_agg(trace_id ORDER BY reached IS FALSE DESC, time DESC))[1:20] AS traces,
                    sum(count(*)) OVER ()::bigint AS total
                FROM measured GROUP BY jump_from, jump_to, status
                ORDER BY count DESC, jump_from, jump_to, status LIMIT {MaxPairs}),
            buckets AS (
                SELECT jump_from, jump_to, status, array_agg(bucket) AS buckets, array_agg(count) AS counts
                FROM (
                    SELECT jump_from, jump_to, status, bucket, count(*)::int AS count
                    FROM measured GROUP BY jump_from, jump_to, status, bucket) c
                GROUP BY jump_from, jump_to, status)
            SELECT p.*, b.buckets, b.counts
            FROM pairs p
            JOIN buckets b ON b.jump_from = p.jump_from AND b.jump_to = p.jump_to AND b.status IS NOT DISTINCT FROM p.status
            ORDER BY p.count DESC, p.jump_from, p.jump_to, p.status
            """);
    }
}
