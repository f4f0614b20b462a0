using Npgsql;
using NpgsqlTypes;
using Shop.Insights.Data;

namespace Shop.Insights.Alerts.Notifications;

/// <summary>
/// The notifications of webhooks that are due. Claiming one sets the time of its next attempt, so that no other replica sends it, and it
/// is sent again if this process ends before the result is stored.
/// </summary>
internal sealed class NotificationStore(BackgroundConnections connections)
{
    // Longer than an attempt may take. 15 s, 30 s, 1 min, ... 5 min.
    private const string NextAttempt = "@now + least(300, 15 * 2 ^ least(attempts, 10)) * interval '1 second'";

    /// <summary>Claims the notification of a channel that is due for the longest time; null if none is.</summary>
    public async Task<Notification?> ClaimAsync(string channel, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // A webhook gets the end of an alert after its begin.
        const string Sql = $"""
            WITH due AS (
                SELECT alert_id, channel, state FROM alert_notifications d
                WHERE due_at <= @now AND channel = @channel AND NOT (
                    state = 'resolved' AND EXISTS (
                        SELECT FROM alert_notifications f
                        WHERE f.alert_id = d.alert_id AND f.channel = d.channel AND f.state = 'firing' AND f.due_at IS NOT NULL))
                ORDER BY due_at, alert_id LIMIT 1 FOR UPDATE SKIP LOCKED),
            claimed AS (
                UPDATE alert_notifications n SET due_at = {NextAttempt}, attempts = attempts + 1
                FROM due WHERE (n.alert_id, n.channel, n.state) = (due.alert_id, due.channel, due.state)
                RETURNING n.alert_id, n.channel, n.state AS notified, n.attempts)
            SELECT {Alert.Columns}, channel, notified = 'resolved', attempts FROM claimed JOIN alerts ON id = alert_id
            """;
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var command = CreateCommand(connection, Sql, now);
        command.Parameters.AddWithValue("channel", channel);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(Alert.Read(reader), reader.GetString(16), reader.GetBoolean(17), reader.GetInt32(18))
            : null;
    }

    /// <summary>Stores that a notification was sent.</summary>
    /// <param name="notification">The notification.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Cancels the update.</param>
    public Task SetSentAsync(Notification notification, DateTimeOffset now, CancellationToken cancellationToken) =>
        UpdateAsync(notification, "sent_at = @now, attempts = 0, error = @error, due_at = NULL", null, now, cancellationToken);

    /// <summary>Stores that a notification was not sent.</summary>
    /// <param name="notification">The notification.</param>
    /// <param name="error">Why.</param>
    /// <param name="isLast">Whether there is no further attempt.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Cancels the update.</param>
    public Task SetFailedAsync(
        Notification notification, string error, bool isLast, DateTimeOffset now, CancellationToken cancellationToken) =>
        UpdateAsync(notification, isLast ? "error = @error, due_at = NULL" : "error = @error", error, now, cancellationToken);

    /// <summary>Postpones all notifications of a channel that asked to wait. The attempt does not count.</summary>
    /// <param name="notification">The notification that was not sent.</param>
    /// <param name="error">Why.</param>
    /// <param name="until">The time of the next attempt.</param>
    /// <param name="cancellationToken">Cancels the update.</param>
    public async Task PostponeAsync(Notification notification, string error, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await UpdateAsync(notification, "error = @error, attempts = attempts - 1, due_at = @now", error, until, cancellationToken);
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var command = CreateCommand(
            connection, "UPDATE alert_notifications SET due_at = @now WHERE channel = @channel AND due_at < @now", until);
        command.Parameters.AddWithValue("channel", notification.Channel);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task UpdateAsync(
        Notification notification, string set, string? error, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var command = CreateCommand(
            connection,
            $"UPDATE alert_notifications SET {set} WHERE alert_id = @id AND channel = @channel AND state = @state",
            now);
        command.Parameters.AddWithValue("id", notification.Alert.Id);
        command.Parameters.AddWithValue("channel", notification.Channel);
        command.Parameters.AddWithValue("state", notification.State);
        command.Parameters.AddWithValue("error", NpgsqlDbType.Text, (object?)error ?? DBNull.Value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlCommand CreateCommand(NpgsqlConnection connection, string sql, DateTimeOffset now)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddWithValue("now", now.UtcDateTime);
        return command;
    }
}

/// <summary>A message about an alert to one channel.</summary>
/// <param name="Alert">The alert.</param>
/// <param name="Channel">The channel.</param>
/// <param name="IsResolved">Whether it is about the end, and not about the begin.</param>
/// <param name="Attempt">The number of the attempt, from 1 on.</param>
internal sealed record Notification(Alert Alert, string Channel, bool IsResolved, int Attempt)
{
    /// <summary>The state that it is about.</summary>
    public string State => IsResolved ? "resolved" : "firing";

    /// <summary>The id, which is the same for each attempt.</summary>
    public string Id => $"{Alert.Id:N}-{State}";
}
