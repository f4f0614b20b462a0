using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Queries;

namespace Shop.Insights.Alerts;

/// <summary>Reads active and past alerts.</summary>
internal sealed class AlertReader(InsightsDbContext db, EventFreshness freshness)
{
    private const int MaxAlerts = 500;

    /// <summary>Returns the alerts that are pending or firing, and those that ended in a range, the latest first.</summary>
    public async Task<AlertResult> ReadAsync(EventScope scope, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        await using var command = sql.CreateCommand(
            await db.OpenAsync(cancellationToken),
            $"""
            SELECT {Alert.Columns}, n.notified
            FROM alerts a
            CROSS JOIN LATERAL (
                SELECT coalesce(array_agg(DISTINCT channel ORDER BY channel), ARRAY[]::text[]) AS notified
                FROM alert_notifications WHERE alert_id = a.id AND sent_at IS NOT NULL) n
            WHERE resolved_at IS NULL
                OR (resolved_at >= {sql.Add(scope.From.UtcDateTime)} AND resolved_at < {sql.Add(scope.To.UtcDateTime)})
            ORDER BY resolved_at IS NULL DESC, pending_at DESC LIMIT {sql.Add(MaxAlerts)}
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var alerts = new List<AlertView>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var alert = Alert.Read(reader);
            alerts.Add(new(
                alert.Id, alert.Rule, alert.Subject, alert.State.ToString().ToLowerInvariant(),
                alert.Severity.ToString().ToLowerInvariant(), alert.Summary, alert.Explanation, alert.Value, alert.Peak,
                alert.Limits.Threshold, alert.Limits.ResolveBelow, alert.PendingAt, alert.FiredAt, alert.ResolvedAt, alert.TraceIds,
                reader.GetFieldValue<string[]>(16)));
        }

        return new(scope.From, scope.To, await freshness.GetNewestAsync(cancellationToken), alerts);
    }
}

/// <summary>Active and past alerts.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">End of the range, exclusive.</param>
/// <param name="AsOf">The time of the newest event; null if there is none.</param>
/// <param name="Items">The alerts that are pending or firing, and those that ended in the range; up to 500.</param>
public sealed record AlertResult(DateTimeOffset From, DateTimeOffset To, DateTimeOffset? AsOf, IReadOnlyList<AlertView> Items);

/// <summary>An alert.</summary>
/// <param name="Id">The id.</param>
/// <param name="Rule">
/// The name of the rule; <c>unusual_rate</c> for a baseline, <c>count_mismatch</c> for counts that differ, <c>missing_ids</c> for events
/// without an id.
/// </param>
/// <param name="Subject">The routes; the day of counts that differ; the service, the event and the id that is missing.</param>
/// <param name="State"><c>pending</c>, <c>firing</c> or <c>resolved</c>.</param>
/// <param name="Severity"><c>warning</c> or <c>critical</c>.</param>
/// <param name="Summary">The meaning of the alert.</param>
/// <param name="Explanation">The reason why it began, with the figures.</param>
/// <param name="Value">The last number of jumps within a minute; the difference of counts; the share of events without the id.</param>
/// <param name="Peak">The highest value.</param>
/// <param name="Threshold">The value above which it began.</param>
/// <param name="ResolveBelow">The value below which it ends.</param>
/// <param name="PendingAt">When the value was above the threshold for the first time.</param>
/// <param name="FiredAt">When it was above the threshold for long enough; null while pending.</param>
/// <param name="ResolvedAt">When it ended; null while active.</param>
/// <param name="TraceIds">Traces of some of its events, up to three.</param>
/// <param name="NotifiedChannels">The channels that have accepted a message about it.</param>
public sealed record AlertView(
    Guid Id,
    string Rule,
    string Subject,
    string State,
    string Severity,
    string Summary,
    string Explanation,
    double Value,
    double Peak,
    double Threshold,
    double ResolveBelow,
    DateTimeOffset PendingAt,
    DateTimeOffset? FiredAt,
    DateTimeOffset? ResolvedAt,
    IReadOnlyList<string> TraceIds,
    IReadOnlyList<string> NotifiedChannels);
