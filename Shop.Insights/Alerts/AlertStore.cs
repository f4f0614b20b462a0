using Npgsql;
using Shop.Insights.Alerts.Notifications;
using Shop.Insights.Data;

namespace Shop.Insights.Alerts;

/// <summary>Reads and writes alerts within the transaction of one evaluation, which <see cref="CommitAsync"/> ends.</summary>
internal sealed class AlertStore(NpgsqlConnection connection, TimeProvider time, ILogger log)
{
    private readonly List<Alert> _fired = [];
    private readonly List<Alert> _resolved = [];

    /// <summary>Returns the end of the last window that was evaluated; null before the first one.</summary>
    public async Task<DateTimeOffset?> GetEvaluatedUntilAsync(CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand("SELECT evaluated_until FROM alert_state");
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime until ? new DateTimeOffset(until, TimeSpan.Zero) : null;
    }

    /// <summary>Sets the end of the last window that was evaluated.</summary>
    public Task SetEvaluatedUntilAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
        RunAsync(
            """
            INSERT INTO alert_state (id, evaluated_until) VALUES (1, @until)
            ON CONFLICT (id) DO UPDATE SET evaluated_until = @until
            """,
            cancellationToken,
            ("until", until.UtcDateTime));

    /// <summary>Returns the alerts on jumps that are pending or firing.</summary>
    public Task<IReadOnlyList<Alert>> ListOpenAsync(CancellationToken cancellationToken) =>
        ListOpenAsync($"rule NOT IN (@rule, '{Alert.MissingIds}')", Alert.CountMismatch, cancellationToken);

    /// <summary>Returns the alerts of a rule that are pending or firing.</summary>
    public Task<IReadOnlyList<Alert>> ListOpenAsync(string rule, CancellationToken cancellationToken) =>
        ListOpenAsync("rule = @rule", rule, cancellationToken);

    /// <summary>Stores an alert.</summary>
    public Task SaveAsync(Alert alert, CancellationToken cancellationToken) =>
        RunAsync(
            $"""
            INSERT INTO alerts ({Alert.Columns})
            VALUES (@id, @rule, @subject, @state, @severity, @summary, @explanation, @threshold, @resolve_below, @hold, @value, @peak,
                @pending_at, @fired_at, @resolved_at, @trace_ids)
            ON CONFLICT (id) DO UPDATE SET
                state = @state, severity = @severity, summary = @summary, explanation = @explanation, threshold = @threshold,
                resolve_below = @resolve_below, hold = @hold, value = @value, peak = @peak, fired_at = @fired_at,
                resolved_at = @resolved_at, trace_ids = @trace_ids
            """,
            cancellationToken,
            ("id", alert.Id), ("rule", alert.Rule), ("subject", alert.Subject), ("state", alert.State.ToString().ToLowerInvariant()),
            ("severity", alert.Severity.ToString().ToLowerInvariant()), ("summary", alert.Summary), ("explanation", alert.Explanation),
            ("threshold", alert.Limits.Threshold), ("resolve_below", alert.Limits.ResolveBelow), ("hold", alert.Limits.For),
            ("value", alert.Value), ("peak", alert.Peak), ("pending_at", alert.PendingAt.UtcDateTime),
            ("fired_at", alert.FiredAt?.UtcDateTime), ("resolved_at", alert.ResolvedAt?.UtcDateTime), ("trace_ids", alert.TraceIds));

    /// <summary>Removes an alert that was pending and did not fire.</summary>
    public Task DeleteAsync(Guid id, CancellationToken cancellationToken) =>
        RunAsync("DELETE FROM alerts WHERE id = @id", cancellationToken, ("id", id));

    /// <summary>Removes the alerts that ended before a time.</summary>
    public Task DeleteResolvedBeforeAsync(DateTimeOffset end, CancellationToken cancellationToken) =>
        RunAsync("DELETE FROM alerts WHERE resolved_at < @end", cancellationToken, ("end", end.UtcDateTime));

    /// <summary>Stores that an alert has begun, and adds a notification for each webhook, due now.</summary>
    /// <param name="alert">The alert.</param>
    /// <param name="at">When it began.</param>
    /// <param name="channels">The channels of webhooks.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task FireAsync(Alert alert, DateTimeOffset at, IEnumerable<string> channels, CancellationToken cancellationToken)
    {
        (alert.State, alert.FiredAt) = (AlertState.Firing, at);
        await SaveAsync(alert, cancellationToken);
        await RunAsync(
            """
            INSERT INTO alert_notifications (alert_id, channel, state, due_at) SELECT @id, channel, 'firing', @now
            FROM unnest(@channels) channel ON CONFLICT DO NOTHING
            """,
            cancellationToken,
            ("id", alert.Id), ("channels", channels.ToArray()), ("now", time.GetUtcNow().UtcDateTime));
        _fired.Add(alert);
    }

    /// <summary>
    /// Stores that an alert has ended, and adds the notification of the end for each webhook that has one of the begin, due now.
    /// </summary>
    /// <param name="alert">The alert.</param>
    /// <param name="at">When it ended.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task ResolveAsync(Alert alert, DateTimeOffset at, CancellationToken cancellationToken)
    {
        (alert.State, alert.ResolvedAt) = (AlertState.Resolved, at);
        await SaveAsync(alert, cancellationToken);
        await RunAsync(
            $"""
            INSERT INTO alert_notifications (alert_id, channel, state, due_at)
            SELECT alert_id, channel, 'resolved', @now FROM alert_notifications
            WHERE alert_id = @id AND state = 'firing' AND channel LIKE '{NotificationChannels.WebhookPrefix}%'
            ON CONFLICT DO NOTHING
            """,
            cancellationToken,
            ("id", alert.Id), ("now", time.GetUtcNow().UtcDateTime));
        _resolved.Add(alert);
    }

    /// <summary>Commits the transaction, and logs which alerts have begun and ended.</summary>
    public async Task CommitAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await transaction.CommitAsync(cancellationToken);
        foreach (var alert in _fired)
        {
            log.AlertFiring(alert.Rule, alert.Subject, alert.Explanation);
        }

        foreach (var alert in _resolved)
        {
            log.AlertResolved(alert.Rule, alert.Subject);
        }
    }

    private async Task<IReadOnlyList<Alert>> ListOpenAsync(string condition, string rule, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand(
            $"SELECT {Alert.Columns} FROM alerts WHERE resolved_at IS NULL AND {condition}", ("rule", rule));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var alerts = new List<Alert>();
        while (await reader.ReadAsync(cancellationToken))
        {
            alerts.Add(Alert.Read(reader));
        }

        return alerts;
    }

    private async Task RunAsync(string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using var command = connection.CreateCommand(sql, parameters);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
