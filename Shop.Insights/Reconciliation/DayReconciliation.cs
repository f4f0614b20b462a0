using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Shop.Insights.Alerts;
using Shop.Insights.Alerts.Notifications;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Funnels.Blocks;

namespace Shop.Insights.Reconciliation;

/// <summary>
/// Compares the counts that are kept as events arrive with those of the stored events, by another query, and raises an alert when they
/// differ.
/// </summary>
internal sealed class DayReconciliation(
    BackgroundConnections connections,
    EventStore events,
    IOptions<ReconciliationOptions> options,
    IOptions<AlertOptions> alerts,
    TimeProvider time,
    ILogger<DayReconciliation> log)
{
    // Late events change closed days.
    private const int ComparedDays = 3;

    private const string DayFormat = "yyyy-MM-dd";
    private const int MaxDifferences = 20;

    // The events of a day are read. The default is for single rows.
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(5);

    private static readonly string _compare = string.Create(CultureInfo.InvariantCulture, $"""
        WITH live AS (
            SELECT hour, service, name, count FROM event_counts WHERE hour >= @from AND hour < @to),
        recomputed AS (
            SELECT date_trunc('hour', time, 'UTC') AS hour, service, name, count(DISTINCT event_id) AS count
            FROM events WHERE time >= @from AND time < @to
            GROUP BY 1, 2, 3),
        compared AS (
            SELECT hour, service, name, coalesce(l.count, 0) AS live, coalesce(r.count, 0) AS recomputed
            FROM live l FULL JOIN recomputed r USING (hour, service, name)),
        total AS (
            SELECT coalesce(sum(live), 0)::bigint AS live, coalesce(sum(recomputed), 0)::bigint AS recomputed,
                coalesce(sum(abs(live - recomputed)), 0)::bigint AS difference
            FROM compared),
        largest AS (
            SELECT * FROM compared WHERE live <> recomputed
            ORDER BY abs(live - recomputed) DESC, hour, service, name LIMIT {MaxDifferences})
        SELECT t.live, t.recomputed, t.difference, l.hour, l.service, l.name, l.live, l.recomputed, x.traces, x.sessions
        FROM total t
        LEFT JOIN largest l ON true
        LEFT JOIN LATERAL (
            SELECT array_agg(e.trace_id) FILTER (WHERE e.trace_id IS NOT NULL) AS traces,
                array_agg(e.session_id) FILTER (WHERE e.session_id IS NOT NULL) AS sessions
            FROM (
                SELECT trace_id, session_id FROM events
                WHERE time >= l.hour AND time < l.hour + interval '1 hour' AND name = l.name AND service = l.service
                ORDER BY time DESC LIMIT 3) e) x ON true
        ORDER BY abs(l.live - l.recomputed) DESC, l.hour, l.service, l.name
        """);

    /// <summary>Compares the closed days that may have changed, and those with an alert, which ends with the events of its day.</summary>
    /// <returns>False if another replica compares at the moment.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginQueryAsync(cancellationToken);
        if (!await connection.TryLockAsync(AdvisoryLocks.Reconciliation, cancellationToken))
        {
            return false;
        }

        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var first = events.GetFirstDay();
        var store = new AlertStore(connection, time, log);
        var open = (await store.ListOpenAsync(Alert.CountMismatch, cancellationToken)).ToDictionary(alert => ParseDay(alert.Subject));
        // Days with an alert too, so that it ends.
        var days = Enumerable.Range(1, ComparedDays).Select(ago => today.AddDays(-ago)).Union(open.Keys);
        foreach (var day in days.Where(day => day >= first))
        {
            var comparison = await CompareAsync(connection, day, cancellationToken);
            await SaveAsync(connection, comparison, cancellationToken);
            if (comparison.Difference > 0)
            {
                await SessionBlockStore.DeleteAsync(connection, day, cancellationToken);
            }

            await UpdateAlertAsync(store, open.GetValueOrDefault(day), comparison, cancellationToken);
        }

        foreach (var (_, alert) in open.Where(entry => entry.Key < first))
        {
            await store.ResolveAsync(alert, time.GetUtcNow(), cancellationToken);
        }

        await DeleteBeforeAsync(connection, first, cancellationToken);
        await store.CommitAsync(transaction, cancellationToken);
        return true;
    }

    private async Task<DayComparison> CompareAsync(NpgsqlConnection connection, DateOnly day, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand(
            _compare, _timeout, ("from", GetStart(day)), ("to", GetStart(day.AddDays(1))));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (live, recomputed, difference, differences) = (0L, 0L, 0L, new List<CountDifference>());
        while (await reader.ReadAsync(cancellationToken))
        {
            (live, recomputed, difference) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
            if (!reader.IsDBNull(3))
            {
                differences.Add(new(
                    new DateTimeOffset(reader.GetDateTime(3), TimeSpan.Zero), reader.GetString(4), reader.GetString(5), reader.GetInt64(6),
                    reader.GetInt64(7), GetTexts(8), GetTexts(9)));
            }
        }

        return new(
            day, time.GetUtcNow(), live, recomputed, difference, Math.Max(live, recomputed) * options.Value.MaxDifference, differences);

        string[] GetTexts(int column) => reader.IsDBNull(column) ? [] : [.. reader.GetFieldValue<string[]>(column).Distinct()];
    }

    private static async Task SaveAsync(NpgsqlConnection connection, DayComparison comparison, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand(
            """
            INSERT INTO day_comparisons (day, checked_at, live, recomputed, difference, allowed, differences)
            VALUES (@day, @checked_at, @live, @recomputed, @difference, @allowed, @differences)
            ON CONFLICT (day) DO UPDATE SET
                checked_at = @checked_at, live = @live, recomputed = @recomputed, difference = @difference, allowed = @allowed,
                differences = @differences
            """,
            ("day", comparison.Day), ("checked_at", comparison.CheckedAt.UtcDateTime), ("live", comparison.Live),
            ("recomputed", comparison.Recomputed), ("difference", comparison.Difference), ("allowed", comparison.Allowed));
        command.Parameters.AddWithValue("differences", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(comparison.Differences));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task UpdateAlertAsync(
        AlertStore store, Alert? open, DayComparison comparison, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var isMismatch = comparison.Difference > comparison.Allowed;
        if (open is not null)
        {
            open.SetValue(comparison.Difference);
            open.Limits = GetLimits(comparison);
            await (isMismatch ? store.SaveAsync(open, cancellationToken) : store.ResolveAsync(open, now, cancellationToken));
        }
        else if (isMismatch)
        {
            await store.FireAsync(Create(comparison, now), now, NotificationChannels.List(alerts.Value), cancellationToken);
        }
    }

    private static Alert Create(DayComparison comparison, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        Rule = Alert.CountMismatch,
        Subject = comparison.Day.ToString(DayFormat, CultureInfo.InvariantCulture),
        State = AlertState.Firing,
        Severity = AlertSeverity.Warning,
        Summary = "The live counts of a day differ from its stored events",
        Explanation = Explain(comparison),
        Limits = GetLimits(comparison),
        Value = comparison.Difference,
        Peak = comparison.Difference,
        PendingAt = now,
        TraceIds = [.. comparison.Differences.SelectMany(difference => difference.TraceIds).Distinct().Take(3)],
    };

    private static AlertLimits GetLimits(DayComparison comparison) => new(comparison.Allowed, comparison.Allowed, TimeSpan.Zero);

    private static DateOnly ParseDay(string subject) => DateOnly.ParseExact(subject, DayFormat, CultureInfo.InvariantCulture);

    private static string Explain(DayComparison comparison) => string.Create(
        CultureInfo.InvariantCulture,
        $"{comparison.Live} events were counted as they arrived, and {comparison.Recomputed} are stored. Largest differences: ")
        + string.Join("; ", comparison.Differences.Take(3).Select(difference => string.Create(
            CultureInfo.InvariantCulture,
            $"{difference.Name} of {difference.Service} at {difference.Hour:HH:mm}, {difference.Live} and {difference.Recomputed}")))
        + ".";

    private static async Task DeleteBeforeAsync(NpgsqlConnection connection, DateOnly first, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand(
            "DELETE FROM event_counts WHERE hour < @start; DELETE FROM day_comparisons WHERE day < @first",
            _timeout,
            ("start", GetStart(first)), ("first", first));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static DateTime GetStart(DateOnly day) => day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
}
