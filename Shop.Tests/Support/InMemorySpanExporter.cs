using System.Diagnostics;
using OpenTelemetry;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Support;

/// <summary>Stores the exported spans. Unlike OpenTelemetry's in-memory exporter it may be read while spans are exported.</summary>
internal sealed class InMemorySpanExporter : BaseExporter<Activity>
{
    private readonly List<Activity> _spans = [];

    public IReadOnlyList<Activity> Spans
    {
        get
        {
            lock (_spans)
            {
                return [.. _spans];
            }
        }
    }

    /// <summary>
    /// Waits for a number of spans, of one trace or of all, and returns them. A span is exported shortly after its response was sent.
    /// </summary>
    public Task<IReadOnlyList<Activity>> WaitForSpansAsync(int count, ActivityTraceId? traceId = null) => Eventually.ReadAsync(
        () => Task.FromResult<IReadOnlyList<Activity>>([.. Spans.Where(span => traceId is null || span.TraceId == traceId)]),
        spans => spans.Count >= count);

    public override ExportResult Export(in Batch<Activity> batch)
    {
        lock (_spans)
        {
            foreach (var span in batch)
            {
                _spans.Add(span);
            }
        }

        return ExportResult.Success;
    }
}
