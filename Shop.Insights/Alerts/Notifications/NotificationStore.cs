using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Shop.Insights.Data;

namespace Shop.Insights.Alerts.Notifications;

/// <summary>
/// The notifications of webhooks that are due. Claiming one sets the time of its next attempt, so that no other replica sends it, and it
/// is sent again if this process ends before the result is stored.
/// </summary>
internal sealed class NotificationStore(IServiceScopeFactory scopes)
{
    private const int MaxClaimed = 50;

    // Longer than an attempt may take. 15 s, 30 s, 1 min, ... 5 min.
    private const string NextAttempt = "@now + least(300, 15 * 2 ^ least(attempts, 10)) * interval '1 second'";

    /// <summary>Claims the notifications of some channels that are due.</summary>
    public async Task<IReadOnlyList<Notification>> ClaimAsync(
        IReadOnlyList<string> channels, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // A webhook gets the end of an alert after its begin.
        var sql = string.Create(CultureInfo.InvariantCulture, $"""
            WITH due AS (
                SELECT alert_id, channel, state FROM alert_notifications d
                WHERE due_at <= @now AND channel = ANY(@channels) AND NOT (
                    state = 'resolved' AND EXISTS (
                        SELECT FROM alert_notifications f
                        WHERE f.alert_id = d.alert_id AND f.channel = d.channel AND f.state = 'firing' AND f.due_at IS NOT NULL))
                ORDER BY due_at LIMIT {MaxClaimed} FOR UPDATE SKIP LOCKED),
            claimed AS (
                UPDATE alert_notifications n SET due_at = {NextAttempt}, attempts = attempts + 1
                FROM due WHERE (n.alert_id, n.channel, n.state) = (due.alert_id, due.channel, due.state)
                RETURNING n.alert_id, n.channel, n.state AS notified, n.attempts)
            SELECT {Alert.Columns}, channel, notified = 'resolved', attempts
            FROM claimed JOIN alerts ON id = alert_id ORDER BY pending_at, notified
            """);
        await using var scope = scopes.CreateAsyncScope();
        await using var command = await CreateCommandAsync(scope, sql, now, cancellationToken);
        command.Parameters.AddWithValue("channels", channels.ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var claimed = new List<Notification>();
        while (await reader.ReadAsync(cancellationToken))
        {
            claimed.Add(new(Alert.Read(reader), reader.GetString(16), reader.GetBoolean(17), reader.GetInt32(18)));
        }

        return claimed;
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

    private async Task UpdateAsync(
        Notification notification, string set, string? error, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await using var command = await CreateCommandAsync(
            scope,
            $"UPDATE alert_notifications SET {set} WHERE alert_id = @id AND channel = @channel AND state = @state",
            now,
            cancellationToken);
        command.Parameters.AddWithValue("id", notification.Alert.Id);
        command.Parameters.AddWithValue("channel", notification.Channel);
        command.Parameters.AddWithValue("state", notification.State);
        command.Parameters.AddWithValue("error", NpgsqlDbType.Text, (object?)error ?? DBNull.Value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<NpgsqlCommand> CreateCommandAsync(
        AsyncServiceScope scope, string sql, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var connection = await scope.ServiceProvider.GetRequiredService<InsightsDbContext>().OpenAsync(cancellationToken);
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
