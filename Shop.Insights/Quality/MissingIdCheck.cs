using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Insights.Alerts;
using Shop.Insights.Alerts.Notifications;
using Shop.Insights.Data;
using Shop.Insights.Queries;

namespace Shop.Insights.Quality;

/// <summary>
/// Raises an alert when too few of the events of a service and name have one of their ids: from there on, figures do not lead to visits
/// and traces, and funnels lose visitors.
/// </summary>
internal sealed class MissingIdCheck(
    BackgroundConnections connections,
    IOptions<QualityOptions> options,
    IOptions<AlertOptions> alerts,
    TimeProvider time,
    ILogger<MissingIdCheck> log)
{
    /// <summary>The number of events below which nothing is decided: one without its id would be a large share of them.</summary>
    public const int MinEvents = 100;

    // An alert ends at less than the share at which it begins, so that one that swings around the limit is one alert.
    private const double ResolveShare = 0.8;

    private static readonly TimeSpan _range = TimeSpan.FromHours(1);

    // An alert about events that are emitted no more, for example since a new version, ends after this time without one.
    private static readonly TimeSpan _maxSilence = TimeSpan.FromDays(1);

    private static readonly Dictionary<string, string> _isMissing = new(StringComparer.Ordinal)
    {
        ["session"] = "session_id IS NULL",
        ["journey"] = "journey_id IS NULL",
        ["request"] = "request_id IS NULL",
        // No trace leads to an event without one.
        ["trace"] = "false",
        ["experiment"] =
            "experiment IS NULL AND EXISTS ("
            + "SELECT FROM exposures x WHERE x.session_id = e.session_id AND x.time < e.time)",
    };

    /// <summary>Checks the events of the last hour.</summary>
    /// <returns>False if another replica checks at the moment.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginQueryAsync(cancellationToken);
        if (!await connection.TryLockAsync(AdvisoryLocks.MissingIds, cancellationToken))
        {
            return false;
        }

        var now = time.GetUtcNow();
        var scope = new EventScope(
            now - _range, now, EventUnit.Session, new Dictionary<EventDimension, string>(), alerts.Value.IncludeSynthetic);
        var rows = await QualityReader.ReadEventsAsync(connection, scope, options.Value.MinShare, cancellationToken);
        var store = new AlertStore(connection, time, log);
        var open = (await store.ListOpenAsync(Alert.MissingIds, cancellationToken)).ToDictionary(alert => alert.Subject);
        foreach (var measure in rows.SelectMany(GetMeasures))
        {
            if (open.Remove(measure.Subject, out var alert))
            {
                alert.SetValue(measure.Missing);
                // The setting may have changed since, or a new version declares that the event has no visitor.
                alert.Limits = GetLimits();
                if (measure.Missing <= alert.Limits.ResolveBelow || (measure.Missing > alert.Limits.Threshold && !measure.IsBelow))
                {
                    await store.ResolveAsync(alert, now, cancellationToken);
                }
                else
                {
                    await store.SaveAsync(alert, cancellationToken);
                }
            }
            else if (measure.IsBelow)
            {
                var begun = Create(measure, now, await ReadTracesAsync(connection, scope, measure, cancellationToken));
                await store.FireAsync(begun, now, NotificationChannels.List(alerts.Value), cancellationToken);
            }
        }

        // Those with few events or none: nothing says that they have their ids again.
        foreach (var alert in open.Values)
        {
            if (!await HasEventsAsync(connection, alert, now, cancellationToken))
            {
                await store.ResolveAsync(alert, now, cancellationToken);
            }
        }

        await store.CommitAsync(transaction, cancellationToken);
        return true;
    }

    // The ids of which there are enough events to decide.
    private static IEnumerable<Measure> GetMeasures(EventQuality row) =>
        new (string Id, double? Share, long Count)[]
        {
            ("session", row.Session, row.Count), ("journey", row.Journey, row.Count), ("request", row.Request, row.Count),
            ("trace", row.Trace, row.Count), ("experiment", row.Experiment, row.Exposed),
        }
        .Where(id => id.Count >= MinEvents)
        .Select(id => new Measure(row.Service, row.Name, id.Id, 1 - id.Share!.Value, id.Count, row.Below.Contains(id.Id)));

    private AlertLimits GetLimits() =>
        new(1 - options.Value.MinShare, (1 - options.Value.MinShare) * ResolveShare, TimeSpan.Zero);

    private Alert Create(Measure measure, DateTimeOffset now, string[] traces)
    {
        var limits = GetLimits();
        return new()
        {
            Id = Guid.CreateVersion7(now),
            Rule = Alert.MissingIds,
            Subject = measure.Subject,
            State = AlertState.Firing,
            Severity = AlertSeverity.Warning,
            Summary = $"Events lack the id of their {measure.Id}",
            Explanation = string.Create(
                CultureInfo.InvariantCulture,
                $"{measure.Missing * measure.Count:0} of {measure.Count} events {measure.Name} of {measure.Service} within an hour ")
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"have no {measure.Id}: {measure.Missing:0.0%}. The limit is {limits.Threshold:0.0%}. ")
                + string.Create(CultureInfo.InvariantCulture, $"The alert ends at {limits.ResolveBelow:0.0%}."),
            Limits = limits,
            Value = measure.Missing,
            Peak = measure.Missing,
            PendingAt = now,
            TraceIds = traces,
        };
    }

    // Of the latest events without the id, up to three.
    private static async Task<string[]> ReadTracesAsync(
        NpgsqlConnection connection, EventScope scope, Measure measure, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var (from, to) = (sql.Add(scope.From.UtcDateTime), sql.Add(scope.To.UtcDateTime));
        await using var command = sql.CreateCommand(
            connection,
            $"""
            WITH exposures AS (
                SELECT session_id, time FROM events
                WHERE time >= {from} AND time < {to} AND name = 'feature_flag.evaluation'{scope.GetSyntheticCondition()})
            SELECT coalesce(array_agg(trace_id), ARRAY[]::text[]) FROM (
                SELECT trace_id FROM events e
                WHERE time >= {from} AND time < {to} AND service = {sql.Add(measure.Service)} AND name = {sql.Add(measure.Name)}
                    AND {_isMissing[measure.Id]} AND trace_id IS NOT NULL{scope.GetSyntheticCondition()}
                GROUP BY trace_id ORDER BY max(time) DESC LIMIT 3) latest
            """);
        return (string[])(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<bool> HasEventsAsync(
        NpgsqlConnection connection, Alert alert, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var (from, to) = (sql.Add((now - _maxSilence).UtcDateTime), sql.Add(now.UtcDateTime));
        // Neither the name of an event nor that of an id has spaces.
        var words = alert.Subject.Split(' ');
        await using var command = sql.CreateCommand(
            connection,
            $"""
            SELECT EXISTS (
                SELECT FROM events
                WHERE time >= {from} AND time < {to} AND service = {sql.Add(string.Join(' ', words[..^2]))} AND name = {sql.Add(words[^2])})
            """);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private sealed record Measure(string Service, string Name, string Id, double Missing, long Count, bool IsBelow)
    {
        public string Subject => $"{Service} {Name} {Id}";
    }
}
