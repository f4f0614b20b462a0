using System.Collections.Frozen;
using System.Reflection;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Contracts.Events;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Queries;
using Shop.Telemetry.Events;

namespace Shop.Insights.Quality;

/// <summary>Measures the quality of the stored events.</summary>
internal sealed class QualityReader(
    InsightsDbContext db, EventFreshness freshness, IOptions<QualityOptions> options, TimeProvider time)
{
    // Their missing ids are shown and not marked.
    private static readonly FrozenSet<string> _eventsWithoutVisitor = typeof(ShopEvent).Assembly.GetTypes()
        .Select(type => type.GetCustomAttribute<EventAttribute>())
        .Where(declaration => declaration is { HasVisitor: false })
        .Select(declaration => declaration!.Name)
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Returns the figures of a range.</summary>
    public async Task<QualityResult> ReadAsync(EventScope scope, CancellationToken cancellationToken)
    {
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        var connection = await db.OpenAsync(cancellationToken);
        var events = await ReadEventsAsync(connection, scope, options.Value.MinShare, cancellationToken);
        var newest = await freshness.GetNewestAsync(cancellationToken);
        return new(
            scope.From, scope.To, newest, newest is null ? null : Math.Max(0, (time.GetUtcNow() - newest.Value).TotalSeconds),
            scope.IncludesSynthetic, options.Value.MinShare, events.Sum(row => row.Count), events,
            await ReadDaysAsync(connection, scope, cancellationToken));
    }

    /// <summary>Returns the events of each service and name, with the ids whose share is below a limit.</summary>
    internal static async Task<IReadOnlyList<EventQuality>> ReadEventsAsync(
        NpgsqlConnection connection, EventScope scope, double minShare, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var (from, to) = (sql.Add(scope.From.UtcDateTime), sql.Add(scope.To.UtcDateTime));
        var condition = $"time >= {from} AND time < {to}{scope.GetSyntheticCondition()}";
        // By time: in the millisecond of an exposure, the sequences of two services have no order.
        await using var command = sql.CreateCommand(
            connection,
            $"""
            WITH exposures AS (
                SELECT session_id, min(time) AS shown_at FROM events
                WHERE {condition} AND name = 'feature_flag.evaluation' AND session_id IS NOT NULL
                GROUP BY session_id)
            SELECT service, name, count(*), max(time), count(e.session_id), count(journey_id), count(request_id), count(trace_id),
                count(x.session_id), count(*) FILTER (WHERE x.session_id IS NOT NULL AND experiment IS NOT NULL)
            FROM events e LEFT JOIN exposures x ON x.session_id = e.session_id AND e.time > x.shown_at
            WHERE {condition}
            GROUP BY service, name ORDER BY service, name
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<EventQuality>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var (name, count) = (reader.GetString(1), reader.GetInt64(2));
            var shares = (Session: Share(4), Journey: Share(5), Request: Share(6), Trace: Share(7));
            var exposed = reader.GetInt64(8);
            double? experiment = exposed > 0 ? (double)reader.GetInt64(9) / exposed : null;
            rows.Add(new(
                reader.GetString(0), name, count, count / (scope.To - scope.From).TotalMinutes,
                new DateTimeOffset(reader.GetDateTime(3), TimeSpan.Zero), shares.Session, shares.Journey, shares.Request, shares.Trace,
                experiment, exposed,
                _eventsWithoutVisitor.Contains(name)
                    ? []
                    :
                    [
                        .. new (string Id, double Share)[]
                        {
                            ("session", shares.Session), ("journey", shares.Journey), ("request", shares.Request), ("trace", shares.Trace),
                            ("experiment", experiment ?? 1),
                        }.Where(id => id.Share < minShare).Select(id => id.Id),
                    ]));

            double Share(int column) => (double)reader.GetInt64(column) / count;
        }

        return rows;
    }

    private static async Task<IReadOnlyList<IntakeDay>> ReadDaysAsync(
        NpgsqlConnection connection, EventScope scope, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var (first, last) = (sql.Add(scope.FirstDay), sql.Add(scope.LastDay));
        await using var command = sql.CreateCommand(
            connection,
            $"""
            SELECT day, stored, duplicates, too_old, future, lag_sum_ms, lag_max_ms FROM event_intake
            WHERE day >= {first} AND day <= {last}
            ORDER BY day DESC
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var days = new List<IntakeDay>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var stored = reader.GetInt64(1);
            days.Add(new(
                reader.GetFieldValue<DateOnly>(0), stored, reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4),
                stored == 0 ? null : reader.GetInt64(5) / 1000.0 / stored, stored == 0 ? null : reader.GetInt64(6) / 1000.0));
        }

        return days;
    }
}
