using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Shop.Insights.Data;

namespace Shop.Insights.Events;

/// <summary>Writes events into the table <c>events</c>. An event that is stored already is not stored again.</summary>
internal sealed class EventStore(
    BackgroundConnections connections, EventPartitions partitions, IOptions<EventOptions> options, TimeProvider time)
{
    // Events of services whose clocks are ahead.
    private static readonly TimeSpan _maxAhead = TimeSpan.FromDays(1);

    private const string BeforeCopy = "before_copy";

    private const string CreateStaging =
        "CREATE TEMPORARY TABLE IF NOT EXISTS staged_events (LIKE events) ON COMMIT DELETE ROWS";

    /// <summary>The columns, in the order in which <see cref="WriteAsync"/> writes them.</summary>
    public const string Columns =
        "time, event_id, sequence, position, name, service, session_id, journey_id, request_id, trace_id, span_id, segment, experiment, "
        + "variant, source, device, synthetic, page_path, page_from, sku, order_id, properties";

    // Always in the same order, events and counts: two replicas that store the same would otherwise wait for each other.
    private const string AddCounts =
        """
        INSERT INTO event_counts AS c (hour, service, name, count)
        SELECT * FROM unnest($1, $2, $3, $4) AS n (hour, service, name, count) ORDER BY hour, service COLLATE "C", name COLLATE "C"
        ON CONFLICT (hour, service, name) DO UPDATE SET count = c.count + excluded.count
        """;

    private const string Insert =
        $"""
        WITH inserted AS (
            INSERT INTO events ({Columns}) SELECT {Columns} FROM staged_events ORDER BY event_id ON CONFLICT DO NOTHING
            RETURNING time, service, name),
        counted AS (
            INSERT INTO event_counts AS c (hour, service, name, count)
            SELECT date_trunc('hour', time, 'UTC'), service, name, count(*) FROM inserted GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            ON CONFLICT (hour, service, name) DO UPDATE SET count = c.count + excluded.count)
        SELECT count(*)::int, coalesce(sum(lag), 0)::bigint, coalesce(max(lag), 0)::bigint
        FROM (SELECT greatest(0, extract(epoch FROM $1 - time) * 1000)::bigint AS lag FROM inserted) i
        """;

    private const string UpdateIntake =
        """
        INSERT INTO event_intake AS i (day, stored, duplicates, too_old, future, lag_sum_ms, lag_max_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (day) DO UPDATE SET
            stored = i.stored + $2, duplicates = i.duplicates + $3, too_old = i.too_old + $4, future = i.future + $5,
            lag_sum_ms = i.lag_sum_ms + $6, lag_max_ms = greatest(i.lag_max_ms, $7)
        """;

    private const string UpdateState =
        """
        INSERT INTO event_state AS s (id, newest_time, stored_at) VALUES (1, $1, $2)
        ON CONFLICT (id) DO UPDATE SET newest_time = greatest(least(s.newest_time, $2), $1), stored_at = greatest(s.stored_at, $2)
        """;

    /// <summary>Returns the first day that is kept.</summary>
    public DateOnly GetFirstDay() => DayPartitions.GetDay(time.GetUtcNow() - options.Value.Retention);

    /// <summary>Stores events in one transaction.</summary>
    public async Task<StoreResult> StoreAsync(IReadOnlyCollection<StoredEvent> events, CancellationToken cancellationToken)
    {
        var firstDay = GetFirstDay();
        var last = time.GetUtcNow() + _maxAhead;
        var kept = events.Where(e => DayPartitions.GetDay(e.Time) >= firstDay && e.Time <= last).ToList();
        var future = events.Count(e => e.Time > last);
        return await StoreAsync(kept, new(0, 0, events.Count - kept.Count - future, future, null), cancellationToken);
    }

    private async Task<StoreResult> StoreAsync(List<StoredEvent> events, StoreResult dropped, CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        if (events.Count == 0)
        {
            await UpdateIntakeAsync(connection, dropped, 0, 0, cancellationToken);
            return dropped;
        }

        return await partitions.InsertAsync(
            connection,
            [.. events.Select(e => DayPartitions.GetDay(e.Time)).Distinct()],
            () => CopyAsync(connection, events, dropped, cancellationToken),
            cancellationToken);
    }

    private async Task<StoreResult> CopyAsync(
        NpgsqlConnection connection, List<StoredEvent> events, StoreResult dropped, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await transaction.SaveAsync(BeforeCopy, cancellationToken);
        Inserted inserted;
        try
        {
            inserted = await CopyNewAsync(connection, events, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await transaction.RollbackAsync(BeforeCopy, cancellationToken);
            inserted = await CopyOthersAsync(connection, events, cancellationToken);
        }

        var now = time.GetUtcNow();
        var newest = GetNewest(events, now);
        var result = dropped with
        {
            Stored = inserted.Count,
            Duplicates = events.Count - inserted.Count,
            Newest = inserted.Count > 0 ? newest : null,
        };
        await UpdateIntakeAsync(connection, result, inserted.LagSum, inserted.LagMax, cancellationToken);
        await using var update = new NpgsqlCommand(UpdateState, connection)
        {
            Parameters = { new() { Value = newest }, new() { Value = now } },
        };
        await update.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    // One clock that is ahead says nothing about the events of others, which may not have arrived. If all are ahead, it is this one that is
    // behind.
    private static DateTimeOffset GetNewest(List<StoredEvent> events, DateTimeOffset now) =>
        events.Where(e => e.Time <= now).Select(e => e.Time).DefaultIfEmpty(now).Max();

    // Events arrive again only after a restart or a failure, so a batch is copied as if all its events were new.
    private async Task<Inserted> CopyNewAsync(NpgsqlConnection connection, List<StoredEvent> events, CancellationToken cancellationToken)
    {
        // The order of uuid in PostgreSQL too.
        await CopyAsync(connection, "events", events.OrderBy(e => e.EventId), cancellationToken);
        var counts = events.GroupBy(e => (Hour: GetHour(e.Time), e.Service, e.Name)).ToList();
        await using var add = new NpgsqlCommand(AddCounts, connection)
        {
            Parameters =
            {
                new() { Value = counts.Select(group => group.Key.Hour).ToArray() },
                new() { Value = counts.Select(group => group.Key.Service).ToArray() },
                new() { Value = counts.Select(group => group.Key.Name).ToArray() },
                new() { Value = counts.Select(group => group.LongCount()).ToArray() },
            },
        };
        await add.ExecuteNonQueryAsync(cancellationToken);
        var now = time.GetUtcNow();
        var lags = events.ConvertAll(e => Math.Max(0, (long)(now - e.Time).TotalMilliseconds));
        return new(events.Count, lags.Sum(), lags.Max());
    }

    private static DateTime GetHour(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerHour), DateTimeKind.Utc);

    private async Task<Inserted> CopyOthersAsync(NpgsqlConnection connection, List<StoredEvent> events, CancellationToken cancellationToken)
    {
        await using (var create = new NpgsqlCommand(CreateStaging, connection))
        {
            await create.ExecuteNonQueryAsync(cancellationToken);
        }

        await CopyAsync(connection, "staged_events", events, cancellationToken);
        await using var insert = new NpgsqlCommand(Insert, connection) { Parameters = { new() { Value = time.GetUtcNow() } } };
        await using var reader = await insert.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private static async Task CopyAsync(
        NpgsqlConnection connection, string table, IEnumerable<StoredEvent> events, CancellationToken cancellationToken)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            $"COPY {table} ({Columns}) FROM STDIN (FORMAT BINARY)", cancellationToken);
        foreach (var row in events)
        {
            await WriteAsync(copy, row, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    private async Task UpdateIntakeAsync(
        NpgsqlConnection connection, StoreResult result, long lagSum, long lagMax, CancellationToken cancellationToken)
    {
        await using var update = new NpgsqlCommand(UpdateIntake, connection)
        {
            Parameters =
            {
                new() { Value = DayPartitions.GetDay(time.GetUtcNow()) },
                new() { Value = (long)result.Stored },
                new() { Value = (long)result.Duplicates },
                new() { Value = (long)result.TooOld },
                new() { Value = (long)result.Future },
                new() { Value = lagSum },
                new() { Value = lagMax },
            },
        };
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes the columns of an event.</summary>
    public static async Task WriteAsync(NpgsqlBinaryImporter copy, StoredEvent row, CancellationToken cancellationToken)
    {
        await copy.StartRowAsync(cancellationToken);
        await copy.WriteAsync(row.Time, NpgsqlDbType.TimestampTz, cancellationToken);
        await copy.WriteAsync(row.EventId, NpgsqlDbType.Uuid, cancellationToken);
        await copy.WriteAsync(row.Sequence, NpgsqlDbType.Bigint, cancellationToken);
        await copy.WriteAsync(row.Position, NpgsqlDbType.Bigint, cancellationToken);
        await WriteTextAsync(row.Name);
        await WriteTextAsync(row.Service);
        await WriteTextAsync(row.SessionId);
        await WriteTextAsync(row.JourneyId);
        await WriteTextAsync(row.RequestId);
        await WriteTextAsync(row.TraceId);
        await WriteTextAsync(row.SpanId);
        await WriteTextAsync(row.Segment);
        await WriteTextAsync(row.Experiment);
        await WriteTextAsync(row.Variant);
        await WriteTextAsync(row.Source);
        await WriteTextAsync(row.Device);
        await copy.WriteAsync(row.Synthetic, NpgsqlDbType.Boolean, cancellationToken);
        await WriteTextAsync(row.PagePath);
        await WriteTextAsync(row.PageFrom);
        await WriteTextAsync(row.Sku);
        await WriteTextAsync(row.OrderId);
        await copy.WriteAsync(row.Properties, NpgsqlDbType.Jsonb, cancellationToken);

        Task WriteTextAsync(string? text) => text is null
            ? copy.WriteNullAsync(cancellationToken)
            : copy.WriteAsync(text, NpgsqlDbType.Text, cancellationToken);
    }

    private readonly record struct Inserted(int Count, long LagSum, long LagMax);
}

/// <summary>What became of a batch.</summary>
/// <param name="Stored">Events that are stored now.</param>
/// <param name="Duplicates">Events that were stored before.</param>
/// <param name="TooOld">Events of days that are deleted.</param>
/// <param name="Future">Events whose time is more than a day ahead.</param>
/// <param name="Newest">
/// The time of the newest event that is not ahead of this clock, or of the storage if all are; null if none was stored.
/// </param>
internal readonly record struct StoreResult(int Stored, int Duplicates, int TooOld, int Future, DateTimeOffset? Newest);
