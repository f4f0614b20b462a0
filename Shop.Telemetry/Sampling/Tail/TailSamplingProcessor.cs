using System.Diagnostics;
using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling.Tail;

/// <summary>
/// Wraps the export processors. Spans of sampled traces pass through. Spans of other traces are buffered until the part of the trace in
/// this service is complete, and are exported when that part failed or was slow.
/// </summary>
/// <remarks>
/// Derives from <see cref="CompositeProcessor{T}"/> so that the tracer provider manages the wrapped processors as if they were registered
/// directly: they receive the resource and are flushed and shut down. It is a part of the <see cref="SpanPipeline"/>.
/// </remarks>
internal sealed class TailSamplingProcessor(
    IEnumerable<SpanExport> exports, SamplingPolicyProvider policyProvider, TailSamplingLimiter limiter, SamplingMetrics metrics)
    : CompositeProcessor<Activity>(exports.Select(export => export.Processor))
{
    private readonly TraceBuffer _buffer = new(limiter, metrics);

    /// <inheritdoc/>
    public override void OnStart(Activity data)
    {
        base.OnStart(data);
        if (data.IsLocalRoot() && policyProvider.Current.Tail is { Enabled: true } options)
        {
            _buffer.StartLocalRoot(data.TraceId, options);
        }
    }

    /// <summary>Does nothing: other processors have not seen the span yet. The pipeline calls <see cref="Sample"/> after them.</summary>
    public override void OnEnd(Activity data)
    {
    }

    /// <summary>Exports or buffers a span that has ended.</summary>
    public void Sample(Activity data)
    {
        var options = policyProvider.Current.Tail;
        if (data.Recorded)
        {
            Export(data, tailReason: null);
        }
        else
        {
            _buffer.Add(data, options);
        }

        if (data.IsLocalRoot() && _buffer.Complete(data, options) is { } sampled)
        {
            foreach (var span in sampled.Spans)
            {
                // Instrumentations that report spans after their parent has ended, as the one of Redis does, read the parent's flag.
                span.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
                Export(span, sampled.TailReason);
            }
        }
    }

    /// <summary>Exports the spans of failed and slow requests that are still running when the service stops.</summary>
    protected override bool OnShutdown(int timeoutMilliseconds)
    {
        foreach (var sampled in _buffer.CompleteAll(policyProvider.Current.Tail))
        {
            foreach (var span in sampled.Spans)
            {
                span.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
                Export(span, sampled.TailReason);
            }
        }

        return base.OnShutdown(timeoutMilliseconds);
    }

    private void Export(Activity span, string? tailReason)
    {
        if (tailReason is null)
        {
            SamplingAttributes.SetSampled(span);
        }
        else
        {
            SamplingAttributes.SetTailSampled(span, tailReason);
        }

        base.OnEnd(span);
    }
}
