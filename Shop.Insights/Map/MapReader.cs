using Npgsql;
using Shop.Insights.Data;
using Shop.Insights.Queries;
using Shop.Insights.Spans;

namespace Shop.Insights.Map;

/// <summary>Finds out from the stored spans what calls what.</summary>
/// <remarks>
/// <para>
/// The two ends of a call are two spans: that of the caller, and that of the service that handles it, whose parent the first one is. They
/// arrive in any order, and each query reads them anew, so a late one changes the result.
/// </para>
/// <para>
/// A call whose other end is missing, because it is late or the service did not answer, counts for the service that others have reached
/// at the same address in the range. Without one, the address is a node itself.
/// </para>
/// <para>
/// A request whose parent is not the span of a client counts for the service of the parent. Without the parent, its caller is unknown,
/// unless the request has just ended, so that the parent may still arrive.
/// </para>
/// </remarks>
internal sealed class MapReader(InsightsDbContext db, TimeProvider time)
{
    /// <summary>The time after the end of a request within which the span of its caller is expected.</summary>
    public static readonly TimeSpan ParentDelay = TimeSpan.FromMinutes(1);

    // A map with more edges cannot be read. Each address outside of the application is a node.
    private const int MaxEdges = 5000;

    /// <summary>Returns the map of a range of time.</summary>
    public async Task<ServiceMap> ReadAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        var connection = await db.OpenAsync(cancellationToken);
        var newest = await ReadNewestAsync(connection, cancellationToken);
        await using var command = sql.CreateCommand(connection, CreateSql(sql, from, to, time.GetUtcNow() - ParentDelay));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var nodes = new Dictionary<string, MapNode>(StringComparer.Ordinal);
        var edges = new List<MapEdge>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var lastAt = new DateTimeOffset(reader.GetDateTime(10), TimeSpan.Zero);
            var source = AddNode(reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), lastAt);
            var target = AddNode(reader.GetString(3), reader.GetString(4), reader.IsDBNull(5) ? null : reader.GetString(5), lastAt);
            var (count, failed) = (reader.GetDouble(6), reader.GetDouble(7));
            QueryLimitException.Check(edges.Count, MaxEdges, "edges");
            edges.Add(new(
                source,
                target,
                count,
                count / (to - from).TotalMinutes,
                count > 0 ? failed / count : 0,
                reader.IsDBNull(8) ? null : reader.GetInt64(8) / 1000.0,
                reader.GetInt64(9),
                lastAt,
                IsFading(lastAt),
                reader.GetString(11)));
        }

        return new(
            from,
            to,
            newest,
            [.. nodes.Values.OrderBy(node => node.Id, StringComparer.Ordinal)],
            [
                .. edges.OrderByDescending(edge => edge.Count)
                    .ThenBy(edge => edge.From, StringComparer.Ordinal)
                    .ThenBy(edge => edge.To, StringComparer.Ordinal),
            ]);

        bool IsFading(DateTimeOffset lastAt) => lastAt < to - ServiceMap.FadingDelay;

        string AddNode(string kind, string name, string? system, DateTimeOffset lastAt)
        {
            var id = $"{kind}/{name}";
            var other = nodes.GetValueOrDefault(id);
            var last = other?.LastAt > lastAt ? other.LastAt : lastAt;
            nodes[id] = new(id, name, kind, system ?? other?.System, last, IsFading(last));
            return id;
        }
    }

    private static async Task<DateTimeOffset?> ReadNewestAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT max(time) FROM spans", connection);
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime time ? new DateTimeOffset(time, TimeSpan.Zero) : null;
    }

    private static string CreateSql(SqlParameters sql, DateTimeOffset from, DateTimeOffset to, DateTimeOffset parentsUntil)
    {
        var (first, end) = (sql.Add(from.UtcDateTime), sql.Add(to.UtcDateTime));
        var lastEnd = sql.Add((to + CallMargins.Request).UtcDateTime);
        var otherEnds = $"time >= {sql.Add((from - CallMargins.Request).UtcDateTime)} AND time < {lastEnd}";
        var producers = $"time >= {sql.Add((from - CallMargins.Message).UtcDateTime)} AND time < {lastEnd}";
        // A call within a service is no edge.
        return $"""
            WITH handled AS (
                SELECT trace_id, parent_id, min(service) AS service
                FROM spans
                WHERE {otherEnds} AND kind = {SpanKind.Server:D} AND parent_id IS NOT NULL
                GROUP BY trace_id, parent_id),
            calls AS MATERIALIZED (
                SELECT c.service, c.peer_kind, c.peer, c.system, h.service AS callee, c.duration, c.failed, c.weight, c.time, c.trace_id
                FROM spans c
                LEFT JOIN handled h ON h.trace_id = c.trace_id AND h.parent_id = c.span_id
                WHERE {InRange("c.time")} AND c.kind = {SpanKind.Client:D}),
            addresses AS (
                SELECT peer, mode() WITHIN GROUP (ORDER BY callee) AS service
                FROM calls
                WHERE callee IS NOT NULL AND peer_kind = 'service'
                GROUP BY peer),
            sent AS (
                SELECT trace_id, span_id, peer, system
                FROM spans
                WHERE {producers} AND kind = {SpanKind.Producer:D} AND peer_kind = 'messaging'),
            edges AS (
                SELECT 'service' AS source_kind, c.service AS source, NULL AS source_system,
                    CASE
                        WHEN coalesce(c.callee, a.service) IS NOT NULL THEN 'service'
                        WHEN c.peer_kind = 'service' THEN 'external'
                        ELSE c.peer_kind
                    END AS target_kind,
                    coalesce(c.callee, a.service, c.peer) AS target, c.system AS target_system,
                    c.duration, c.failed, c.weight, c.time, c.trace_id
                FROM calls c
                LEFT JOIN addresses a ON a.peer = c.peer AND c.peer_kind = 'service'
                WHERE coalesce(c.callee, c.peer) IS NOT NULL
                UNION ALL
                SELECT 'service', service, NULL, 'messaging', peer, system, duration, failed, weight, time, trace_id
                FROM spans
                WHERE {InRange("time")} AND kind = {SpanKind.Producer:D} AND peer_kind = 'messaging'
                UNION ALL
                SELECT 'messaging', coalesce(s.peer, c.peer), coalesce(s.system, c.system), 'service', c.service, NULL,
                    c.duration, c.failed, c.weight, c.time, c.trace_id
                FROM spans c
                LEFT JOIN sent s ON s.trace_id = c.trace_id AND s.span_id = c.parent_id
                WHERE {InRange("c.time")} AND c.kind = {SpanKind.Consumer:D} AND c.peer_kind = 'messaging'
                UNION ALL
                SELECT 'clients', 'clients', NULL, 'service', service, NULL, duration, failed, weight, time, trace_id
                FROM spans
                WHERE {InRange("time")} AND kind = {SpanKind.Server:D} AND parent_id IS NULL
                UNION ALL
                SELECT CASE WHEN p.service IS NULL THEN 'unknown' ELSE 'service' END, coalesce(p.service, 'unknown'), NULL,
                    'service', c.service, NULL, c.duration, c.failed, c.weight, c.time, c.trace_id
                FROM spans c
                LEFT JOIN (SELECT trace_id, span_id, service, kind FROM spans WHERE {otherEnds}) p
                    ON p.trace_id = c.trace_id AND p.span_id = c.parent_id
                WHERE {InRange("c.time")} AND c.kind = {SpanKind.Server:D} AND c.parent_id IS NOT NULL
                    AND p.kind IS DISTINCT FROM {SpanKind.Client:D}
                    AND (p.kind IS NOT NULL OR c.time + c.duration * interval '1 microsecond' < {sql.Add(parentsUntil.UtcDateTime)})),
            ranked AS (
                SELECT *,
                    sum(weight) OVER (PARTITION BY source_kind, source, target_kind, target ORDER BY duration) AS running,
                    sum(weight) OVER (PARTITION BY source_kind, source, target_kind, target) AS total
                FROM edges
                WHERE source_kind <> target_kind OR source <> target)
            SELECT source_kind, source, max(source_system), target_kind, target, max(target_system),
                sum(weight), coalesce(sum(weight) FILTER (WHERE failed), 0),
                min(duration) FILTER (WHERE total > 0 AND running >= 0.95 * total),
                count(*), max(time),
                -- The trace of the last span that failed, else of the last one, without a sort of all traces.
                right(max(concat(failed::int, to_char(extract(epoch FROM time) * 1000000, 'FM00000000000000000000'), trace_id)), 32)
            FROM ranked
            GROUP BY source_kind, source, target_kind, target
            """;

        string InRange(string column) => $"{column} >= {first} AND {column} < {end}";
    }
}
