using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Shop.Insights.Data;

namespace Shop.Insights.Spans;

/// <summary>Writes spans into the table <c>spans</c>. A span that is stored already is not stored again.</summary>
internal sealed class SpanStore(
    BackgroundConnections connections, SpanPartitions partitions, IOptions<SpanOptions> options, TimeProvider time)
{
    // Spans of services whose clocks are ahead.
    private static readonly TimeSpan _maxAhead = TimeSpan.FromDays(1);

    private const string CreateStaging =
        "CREATE TEMPORARY TABLE IF NOT EXISTS staged_spans (LIKE spans) ON COMMIT DELETE ROWS";

    private const string Columns =
        "time, trace_id, span_id, parent_id, duration, kind, name, service, peer_kind, peer, system, failed, error_type, exception_type, "
        + "http_status, route, session_id, journey_id, segment, experiment, variant, synthetic, weight";

    // Always in the same order: two replicas that store the same spans would otherwise wait for each other.
    private const string Insert =
        $"""
        INSERT INTO spans ({Columns}) SELECT {Columns} FROM staged_spans ORDER BY trace_id, span_id ON CONFLICT DO NOTHING
        RETURNING trace_id, span_id, time
        """;

    /// <summary>Returns the first day that is kept.</summary>
    public DateOnly GetFirstDay() => DayPartitions.GetDay(time.GetUtcNow() - options.Value.Retention);

    /// <summary>Gets the first and the last time of spans that are stored now.</summary>
    public (DateTimeOffset First, DateTimeOffset Last) GetTimes() =>
        (new DateTimeOffset(GetFirstDay(), TimeOnly.MinValue, TimeSpan.Zero), time.GetUtcNow() + _maxAhead);

    /// <summary>Stores spans in one transaction.</summary>
    /// <returns>The spans that were not stored before.</returns>
    public async Task<IReadOnlyList<StoredSpan>> StoreAsync(IReadOnlyCollection<StoredSpan> spans, CancellationToken cancellationToken)
    {
        if (spans.Count == 0)
        {
            return [];
        }

        await using var connection = await connections.OpenAsync(cancellationToken);
        return await partitions.InsertAsync(
            connection,
            [.. spans.Select(span => DayPartitions.GetDay(span.Time)).Distinct()],
            () => CopyAsync(connection, spans, cancellationToken),
            cancellationToken);
    }

    private static async Task<IReadOnlyList<StoredSpan>> CopyAsync(
        NpgsqlConnection connection, IReadOnlyCollection<StoredSpan> spans, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var create = new NpgsqlCommand(CreateStaging, connection))
        {
            await create.ExecuteNonQueryAsync(cancellationToken);
        }

        await using (var copy = await connection.BeginBinaryImportAsync(
            $"COPY staged_spans ({Columns}) FROM STDIN (FORMAT BINARY)", cancellationToken))
        {
            foreach (var row in spans)
            {
                await WriteAsync(copy, row, cancellationToken);
            }

            await copy.CompleteAsync(cancellationToken);
        }

        var inserted = await InsertAsync(connection, spans, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return inserted;
    }

    private static async Task<List<StoredSpan>> InsertAsync(
        NpgsqlConnection connection, IReadOnlyCollection<StoredSpan> spans, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<(string, string, long), StoredSpan>(spans.Count);
        foreach (var span in spans)
        {
            rows.TryAdd((span.TraceId, span.SpanId, ToMicroseconds(span.Time.UtcTicks)), span);
        }

        await using var insert = new NpgsqlCommand(Insert, connection);
        await using var reader = await insert.ExecuteReaderAsync(cancellationToken);
        var inserted = new List<StoredSpan>(rows.Count);
        while (await reader.ReadAsync(cancellationToken))
        {
            inserted.Add(rows[(reader.GetString(0), reader.GetString(1), ToMicroseconds(reader.GetDateTime(2).Ticks))]);
        }

        return inserted;

        // As the database stores it.
        static long ToMicroseconds(long ticks) => ticks / TimeSpan.TicksPerMicrosecond;
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter copy, StoredSpan row, CancellationToken cancellationToken)
    {
        await copy.StartRowAsync(cancellationToken);
        await copy.WriteAsync(row.Time, NpgsqlDbType.TimestampTz, cancellationToken);
        await WriteTextAsync(row.TraceId);
        await WriteTextAsync(row.SpanId);
        await WriteTextAsync(row.ParentId);
        await copy.WriteAsync((long)row.Duration.TotalMicroseconds, NpgsqlDbType.Bigint, cancellationToken);
        await copy.WriteAsync((short)row.Kind, NpgsqlDbType.Smallint, cancellationToken);
        await WriteTextAsync(row.Name);
        await WriteTextAsync(row.Service);
        await WriteTextAsync(row.PeerKind);
        await WriteTextAsync(row.Peer);
        await WriteTextAsync(row.System);
        await copy.WriteAsync(row.Failed, NpgsqlDbType.Boolean, cancellationToken);
        await WriteTextAsync(row.ErrorType);
        await WriteTextAsync(row.ExceptionType);
        await (row.HttpStatus is { } status
            ? copy.WriteAsync((short)status, NpgsqlDbType.Smallint, cancellationToken)
            : copy.WriteNullAsync(cancellationToken));
        await WriteTextAsync(row.Route);
        await WriteTextAsync(row.SessionId);
        await WriteTextAsync(row.JourneyId);
        await WriteTextAsync(row.Segment);
        await WriteTextAsync(row.Experiment);
        await WriteTextAsync(row.Variant);
        await copy.WriteAsync(row.Synthetic, NpgsqlDbType.Boolean, cancellationToken);
        await copy.WriteAsync(row.AdjustedCount, NpgsqlDbType.Double, cancellationToken);

        Task WriteTextAsync(string? text) => text is null
            ? copy.WriteNullAsync(cancellationToken)
            : copy.WriteAsync(text, NpgsqlDbType.Text, cancellationToken);
    }
}
