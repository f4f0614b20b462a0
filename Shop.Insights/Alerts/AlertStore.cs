using Npgsql;
using NpgsqlTypes;
using Shop.Insights.Alerts.Notifications;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Jumps;
using Shop.Insights.Statistics;

namespace Shop.Insights.Alerts;

/// <summary>Reads and writes alerts within the transaction of one evaluation.</summary>
internal sealed class AlertStore(NpgsqlConnection connection, bool includesSynthetic)
{
    private const int MaxTraces = 3;

    // Nights and holidays may have no jumps.
    private static readonly TimeSpan _quietTime = TimeSpan.FromDays(7);

    // A baseline reads the jumps of hours. The default is for single rows.
    private const int TimeoutSeconds = 30;

    // Crawlers count: any caller may have the name of one.
    private readonly string _jumps = "name = ANY(@names)"
        + (includesSynthetic ? "" : $" AND (NOT synthetic OR properties ->> '{EventAttributes.SyntheticType}' = 'bot')");

    /// <summary>Becomes the replica that evaluates, until the transaction ends.</summary>
    /// <returns>Whether no other replica evaluates.</returns>
    public async Task<bool> TryLockAsync(CancellationToken cancellationToken)
    {
        await using var command = CreateCommand("SELECT pg_try_advisory_xact_lock(@key)", ("key", AdvisoryLocks.Alerts));
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Returns the end of the last window that was evaluated; null before the first one.</summary>
    public async Task<DateTimeOffset?> GetEvaluatedUntilAsync(CancellationToken cancellationToken)
    {
        await using var command = CreateCommand("SELECT evaluated_until FROM alert_state");
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime time ? new DateTimeOffset(time, TimeSpan.Zero) : null;
    }

    /// <summary>Sets the end of the last window that was evaluated.</summary>
    public Task SetEvaluatedUntilAsync(DateTimeOffset time, CancellationToken cancellationToken) =>
        RunAsync(
            """
            INSERT INTO alert_state (id, evaluated_until) VALUES (1, @time)
            ON CONFLICT (id) DO UPDATE SET evaluated_until = @time
            """,
            cancellationToken,
            ("time", time.UtcDateTime));

    /// <summary>Counts the jumps of each pair and step between two times.</summary>
    public async Task<JumpWindows> GetWindowsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var command = CreateCommand(
            $"""
            SELECT {JumpSql.From}, {JumpSql.To}, floor(extract(epoch FROM time) / @step)::bigint AS step, count(*)::int
            FROM events WHERE time >= @from AND time < @to AND {_jumps}
            GROUP BY 1, 2, 3
            """,
            ("step", JumpWindows.Step.TotalSeconds), ("from", from.UtcDateTime), ("to", to.UtcDateTime), ("names", JumpSql.Names));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var counts = new Dictionary<(JumpRoute, long), int>();
        while (await reader.ReadAsync(cancellationToken))
        {
            counts[(new(reader.GetString(0), reader.GetString(1)), reader.GetInt64(2))] = reader.GetInt32(3);
        }

        return new(counts);
    }

    /// <summary>Learns what is usual for a pair in a range of time; null if less than an hour has passed since the first jump.</summary>
    public async Task<RobustBaseline?> GetBaselineAsync(
        JumpRoute route, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        const int MinMinutes = 60;
        var hasEarlier = await HasJumpsAsync(from - _quietTime, from, cancellationToken);
        // Minutes without a jump of this pair count too, from the first jump of any pair on.
        await using var command = CreateCommand(
            $"""
            SELECT min(time), floor(extract(epoch FROM time - @from) / 60)::int AS minute,
                (count(*) FILTER (WHERE {JumpSql.From} = @jump_from AND {JumpSql.To} = @jump_to))::int
            FROM events WHERE time >= @from AND time < @to AND {_jumps}
            GROUP BY 2 ORDER BY 2
            """,
            ("from", from.UtcDateTime), ("to", to.UtcDateTime), ("names", JumpSql.Names), ("jump_from", route.From),
            ("jump_to", route.To));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var last = (int)(to - from).TotalMinutes;
        var (first, counts) = (hasEarlier ? 0 : last, new Dictionary<int, int>());
        while (await reader.ReadAsync(cancellationToken))
        {
            first = Math.Min(first, (int)(new DateTimeOffset(reader.GetDateTime(0), TimeSpan.Zero) - from).TotalMinutes);
            counts[reader.GetInt32(1)] = reader.GetInt32(2);
        }

        return last - first < MinMinutes
            ? null
            : RobustBaseline.Create([.. Enumerable.Range(first, last - first).Select(minute => counts.GetValueOrDefault(minute))]);
    }

    /// <summary>Returns the latest traces of jumps between some routes.</summary>
    public async Task<string[]> GetTracesAsync(
        IReadOnlyCollection<JumpRoute> routes, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var command = CreateCommand(
            $"""
            SELECT trace_id, max(time) FROM events
            WHERE time >= @from AND time < @to AND {_jumps} AND trace_id IS NOT NULL
                AND ({JumpSql.From}, {JumpSql.To}) IN (SELECT * FROM unnest(@jump_from, @jump_to))
            GROUP BY trace_id ORDER BY max(time) DESC LIMIT {MaxTraces}
            """,
            ("from", from.UtcDateTime), ("to", to.UtcDateTime), ("names", JumpSql.Names),
            ("jump_from", routes.Select(route => route.From).ToArray()), ("jump_to", routes.Select(route => route.To).ToArray()));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var traces = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            traces.Add(reader.GetString(0));
        }

        return [.. traces];
    }

    /// <summary>Returns the alerts on jumps that are pending or firing.</summary>
    public Task<IReadOnlyList<Alert>> ListOpenAsync(CancellationToken cancellationToken) =>
        ListOpenAsync("rule <> @rule", Alert.CountMismatch, cancellationToken);

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
    public Task DeleteResolvedBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken) =>
        RunAsync("DELETE FROM alerts WHERE resolved_at < @time", cancellationToken, ("time", time.UtcDateTime));

    /// <summary>Plans what webhooks are sent about an alert that has begun.</summary>
    public Task AddFiringNotificationsAsync(
        Guid id, IEnumerable<string> channels, DateTimeOffset now, CancellationToken cancellationToken) =>
        RunAsync(
            """
            INSERT INTO alert_notifications (alert_id, channel, state, due_at) SELECT @id, channel, 'firing', @now
            FROM unnest(@channels) channel ON CONFLICT DO NOTHING
            """,
            cancellationToken,
            ("id", id), ("channels", channels.ToArray()), ("now", now.UtcDateTime));

    /// <summary>Plans what webhooks are sent about an alert that has ended: those that are sent its begin.</summary>
    public Task AddResolvedNotificationsAsync(Guid id, DateTimeOffset now, CancellationToken cancellationToken) =>
        RunAsync(
            $"""
            INSERT INTO alert_notifications (alert_id, channel, state, due_at)
            SELECT alert_id, channel, 'resolved', @now FROM alert_notifications
            WHERE alert_id = @id AND state = 'firing' AND channel LIKE '{NotificationChannels.WebhookPrefix}%'
            ON CONFLICT DO NOTHING
            """,
            cancellationToken,
            ("id", id), ("now", now.UtcDateTime));

    private async Task<bool> HasJumpsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var command = CreateCommand(
            $"SELECT EXISTS (SELECT FROM events WHERE time >= @from AND time < @to AND {_jumps})",
            ("from", from.UtcDateTime), ("to", to.UtcDateTime), ("names", JumpSql.Names));
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<IReadOnlyList<Alert>> ListOpenAsync(string condition, string rule, CancellationToken cancellationToken)
    {
        await using var command = CreateCommand(
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
        await using var command = CreateCommand(sql, parameters);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private NpgsqlCommand CreateCommand(string sql, params (string Name, object? Value)[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = TimeoutSeconds };
        foreach (var (name, value) in parameters)
        {
            var parameter = command.Parameters.AddWithValue(name, value ?? DBNull.Value);
            if (value is DateTime or null)
            {
                parameter.NpgsqlDbType = NpgsqlDbType.TimestampTz;
            }
        }

        return command;
    }
}
