using OpenTelemetry;

namespace Shop.Telemetry.Export;

/// <summary>
/// Exports large spans or log records in smaller batches than ordinary ones, so that no batch exceeds
/// <see cref="ExportLimits.MaxRequestBytes"/>.
/// </summary>
/// <remarks>
/// An exporter cannot split a batch of log records: the records return to a pool while the batch is read. Derives from
/// <see cref="CompositeProcessor{T}"/> so that all processors receive the resource and are flushed and shut down.
/// </remarks>
/// <typeparam name="T">The type of the spans or log records.</typeparam>
/// <param name="processors">One processor for each of <see cref="ExportLimits.Batches"/>.</param>
/// <param name="estimateBytes">Estimates the size of a span or log record.</param>
internal sealed class SizeRoutingProcessor<T>(BaseProcessor<T>[] processors, Func<T, int> estimateBytes) : CompositeProcessor<T>(processors)
{
    private readonly BaseProcessor<T>[] _processors = processors;

    /// <inheritdoc/>
    public override void OnEnd(T data)
    {
        var size = estimateBytes(data);
        var batch = 0;
        while (size > ExportLimits.Batches[batch].MaxItemBytes)
        {
            batch++;
        }

        _processors[batch].OnEnd(data);
    }
}
