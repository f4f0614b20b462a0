using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Shop.Insights.Data;
using Shop.Insights.Traces;

namespace Shop.Insights.Alerts.Notifications;

/// <summary>
/// Sends the state of the alerts to each Alertmanager, as Prometheus does: those that are firing, and the ends of others, again and again,
/// so that an Alertmanager that was away or has lost its memory has the same state some seconds after it is back.
/// </summary>
internal sealed class AlertmanagerSender(
    IHttpClientFactory clients,
    BackgroundConnections connections,
    IOptions<AlertOptions> options,
    IOptions<TraceOptions> traces,
    TimeProvider time,
    ILogger<AlertmanagerSender> log)
{
    // As Prometheus does (resolvedRetention in rules/alerting.go), after the windows that are evaluated later than they ended.
    private static readonly TimeSpan _resolvedRetention = TimeSpan.FromMinutes(15) + AlertEvaluator.MaxCatchUp;

    /// <summary>Gets the addresses of the Alertmanagers.</summary>
    public IEnumerable<Uri> Urls => options.Value.Alertmanager.Urls.Distinct().Select(url => new Uri(url));

    /// <summary>Sends what is due to an Alertmanager.</summary>
    public async Task SendDueAsync(Uri url, CancellationToken cancellationToken)
    {
        // Without a name or password, and with the path: several may be behind one host.
        var channel = $"alertmanager:{url.Authority}{url.AbsolutePath.TrimEnd('/')}";
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var now = time.GetUtcNow();
        var due = await ReadDueAsync(connection, channel, now, cancellationToken);
        if (due.Count == 0)
        {
            return;
        }

        var request = AlertmanagerMessage.CreateRequest(url, options.Value.Alertmanager, due, traces.Value, now);
        // The connection holds the lock meanwhile: AlertOptions limits the number of Alertmanagers.
        var error = (await clients.SendNotificationAsync(request, cancellationToken))?.Reason;
        await SaveAsync(connection, due, error, time.GetUtcNow(), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        foreach (var notification in error is null ? Array.Empty<Notification>() : due)
        {
            log.NotificationFailed(channel, notification.State, notification.Alert.Rule, notification.Attempt, error!);
        }
    }

    // Of alerts with the same labels, the last one only: its state is theirs. Nothing is due while another replica sends.
    private static async Task<IReadOnlyList<Notification>> ReadDueAsync(
        NpgsqlConnection connection, string channel, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT {Alert.Columns}, coalesce(attempts, 0) + 1
            FROM (
                SELECT DISTINCT ON (rule, subject, severity) * FROM alerts
                WHERE fired_at IS NOT NULL AND (resolved_at IS NULL OR resolved_at > @ended_since)
                ORDER BY rule, subject, severity, fired_at DESC, id DESC) a
            LEFT JOIN LATERAL (
                SELECT due_at, attempts FROM alert_notifications n
                WHERE n.alert_id = a.id AND n.channel = @channel AND n.state = a.state) n ON true
            WHERE due_at IS NULL OR due_at <= @now
            ORDER BY fired_at
            """,
            connection);
        command.Parameters.AddWithValue("channel", channel);
        command.Parameters.AddWithValue("now", now.UtcDateTime);
        command.Parameters.AddWithValue("ended_since", (now - _resolvedRetention).UtcDateTime);
        if (!await TryLockAsync(connection, channel, cancellationToken))
        {
            return [];
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var due = new List<Notification>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var alert = Alert.Read(reader);
            due.Add(new(alert, channel, alert.ResolvedAt is not null, reader.GetInt32(16)));
        }

        return due;
    }

    // One replica sends to an Alertmanager at a time, so that an older state, which takes longer, does not replace a newer one.
    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, string channel, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_xact_lock(@key, hashtext(@channel))", connection);
        command.Parameters.AddWithValue("key", (int)AdvisoryLocks.Alertmanagers);
        command.Parameters.AddWithValue("channel", channel);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task SaveAsync(
        NpgsqlConnection connection,
        IReadOnlyList<Notification> sent,
        string? error,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        // An alert that was deleted meanwhile has no row.
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO alert_notifications (alert_id, channel, state, due_at, attempts, sent_at, error)
            SELECT id, @channel, s.state, @next, s.attempt, @sent_at, @error
            FROM unnest(@ids, @states, @attempts) s (alert_id, state, attempt) JOIN alerts ON id = s.alert_id
            ON CONFLICT (alert_id, channel, state) DO UPDATE SET
                due_at = @next, attempts = excluded.attempts, sent_at = coalesce(@sent_at, alert_notifications.sent_at), error = @error
            """,
            connection);
        command.Parameters.AddWithValue("channel", sent[0].Channel);
        command.Parameters.AddWithValue("ids", sent.Select(notification => notification.Alert.Id).ToArray());
        command.Parameters.AddWithValue("states", sent.Select(notification => notification.State).ToArray());
        command.Parameters.AddWithValue("attempts", sent.Select(notification => error is null ? 0 : notification.Attempt).ToArray());
        command.Parameters.AddWithValue("next", (now + options.Value.Alertmanager.ResendInterval).UtcDateTime);
        command.Parameters.AddWithValue("sent_at", NpgsqlDbType.TimestampTz, error is null ? now.UtcDateTime : DBNull.Value);
        command.Parameters.AddWithValue("error", NpgsqlDbType.Text, (object?)error ?? DBNull.Value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
