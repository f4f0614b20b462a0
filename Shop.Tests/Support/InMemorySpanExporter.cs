using System.Diagnostics;
using OpenTelemetry;

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
