using System.Collections.Concurrent;
using Npgsql;
using Shop.Insights.Data;

namespace Shop.Insights.Spans.Calls;

/// <summary>
/// Counts the calls of the spans that this process has stored, when the other ends of the calls have had time to arrive. A span is stored
/// once, by one replica, so its call is counted once. The other end may have been stored by any replica.
/// </summary>
internal sealed class CallCounter(
    BackgroundConnections connections, CallMetrics metrics, TimeProvider time, ILogger<CallCounter> log) : IDisposable
{
    /// <summary>The time in which the other end of a call must be stored.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(10);

    /// <summary>The number of times that a batch may fail while the database accepts connections. Then it is dropped.</summary>
    public const int MaxAttempts = 5;

    private const int BatchSize = 5000;

    // Of about 1 KiB each: the spans of ten seconds at the highest rate that the database takes.
    private const int MaxWaiting = 50_000;

    private static readonly string _findServers =
        $"""
        SELECT c.number::int, h.service, h.duration, h.failed
        FROM unnest($1, $2) WITH ORDINALITY c(trace_id, span_id, number)
        CROSS JOIN LATERAL (
            SELECT service, duration, failed FROM spans
            WHERE trace_id = c.trace_id AND parent_id = c.span_id AND kind = {SpanKind.Server:D} AND time >= $3 AND time <= $4
            ORDER BY service LIMIT 1) h
        """;

    private static readonly string _findProducers =
        $"""
        SELECT c.number::int, p.service, p.duration, p.failed
        FROM unnest($1, $2) WITH ORDINALITY c(trace_id, span_id, number)
        CROSS JOIN LATERAL (
            SELECT service, duration, failed FROM spans
            WHERE trace_id = c.trace_id AND span_id = c.span_id AND kind = {SpanKind.Producer:D} AND time >= $3 AND time <= $4 LIMIT 1) p
        """;

    private readonly ConcurrentQueue<(DateTimeOffset DueAt, StoredSpan Span)> _waiting = new();

    // Not counted yet, because the database was away, or has failed.
    private readonly List<StoredSpan> _batch = [];

    private readonly SemaphoreSlim _counting = new(1);

    private int _attempts;

    /// <summary>Gets the number of spans that wait for their other ends.</summary>
    public int Count => _waiting.Count + _batch.Count;

    public void Dispose() => _counting.Dispose();

    /// <summary>Adds spans that were stored. Those that ended more than 5 minutes ago are on the map, and not in the metrics.</summary>
    public void Add(IEnumerable<StoredSpan> spans)
    {
        var dueAt = time.GetUtcNow() + Delay;
        // Metrics have no time of their own: calls of an outage of a collector that is over would be a storm of now.
        var earliest = time.GetUtcNow() - CallMargins.Request;
        var calls = spans.Where(span => CallMetrics.IsCall(span) && span.Time + span.Duration >= earliest).ToList();
        var accepted = Math.Clamp(MaxWaiting - Count, 0, calls.Count);
        foreach (var span in calls.Take(accepted))
        {
            _waiting.Enqueue((dueAt, span));
        }

        metrics.AddDropped(calls.Count - accepted);
    }

    /// <summary>Counts the calls whose other ends have had time to arrive. Concurrent invocations run one after the other.</summary>
    /// <param name="all">Whether the others are counted too.</param>
    /// <param name="cancellationToken">Cancels the counting. What is not counted is counted by the next call.</param>
    public async Task CountAsync(bool all, CancellationToken cancellationToken)
    {
        await _counting.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            while (TryTake(all, now))
            {
                await CountBatchAsync(cancellationToken);
            }
        }
        finally
        {
            _counting.Release();
        }
    }

    // A batch that has failed stays as it is: spans that are added to it would be dropped with it.
    private bool TryTake(bool all, DateTimeOffset now)
    {
        if (_batch.Count == 0)
        {
            while (_batch.Count < BatchSize && _waiting.TryPeek(out var next) && (all || next.DueAt <= now))
            {
                _waiting.TryDequeue(out _);
                _batch.Add(next.Span);
            }
        }

        return _batch.Count > 0;
    }

    private async Task CountBatchAsync(CancellationToken cancellationToken)
    {
        // However long the database is away, the batch waits.
        await using var connection = await connections.OpenAsync(cancellationToken);
        try
        {
            await CountBatchAsync(connection, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && ++_attempts >= MaxAttempts)
        {
            metrics.AddDropped(_batch.Count);
            log.CallsDropped(_batch.Count, exception);
        }

        _batch.Clear();
        _attempts = 0;
    }

    private async Task CountBatchAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var clients = _batch.Where(span => span.Kind is SpanKind.Client).ToList();
        var consumers = _batch.Where(span => span.Kind is SpanKind.Consumer).ToList();
        var servers = await FindAsync(connection, _findServers, clients, span => span.SpanId, CallMargins.Request, cancellationToken);
        var producers = await FindAsync(
            connection, _findProducers, consumers, span => span.ParentId ?? "", CallMargins.Message, cancellationToken);

        // From here on, nothing fails: a batch is counted as a whole. Calls that were answered come first, as they tell which service
        // is at an address.
        foreach (var (span, other) in servers.OrderByDescending(call => call.Other.HasValue).Concat(producers))
        {
            metrics.Add(span, other);
        }

        foreach (var span in _batch.Where(span => span.Kind is SpanKind.Server))
        {
            metrics.Add(span, null);
        }
    }

    private static async Task<List<(StoredSpan Span, CallEnd? Other)>> FindAsync(
        NpgsqlConnection connection,
        string sql,
        List<StoredSpan> spans,
        Func<StoredSpan, string> getSpanId,
        TimeSpan marginBefore,
        CancellationToken cancellationToken)
    {
        var ends = spans.Select(span => (span, (CallEnd?)null)).ToList();
        if (spans.Count == 0)
        {
            return ends;
        }

        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                new() { Value = spans.Select(span => span.TraceId).ToArray() },
                new() { Value = spans.Select(getSpanId).ToArray() },
                new() { Value = (spans.Min(span => span.Time) - marginBefore).UtcDateTime },
                new() { Value = (spans.Max(span => span.Time) + CallMargins.Request).UtcDateTime },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var number = reader.GetInt32(0) - 1;
            ends[number] = (
                spans[number],
                new(reader.GetString(1), TimeSpan.FromMicroseconds(reader.GetInt64(2)), reader.GetBoolean(3)));
        }

        return ends;
    }
}
