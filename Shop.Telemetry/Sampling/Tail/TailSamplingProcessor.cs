using System.Diagnostics;
using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling.Tail;

/// <summary>
/// Stands before the exporter. Spans of kept traces pass; spans of a trace that was decided against are held until this service
/// has done its part of it, and follow when that part failed or was slow.
/// </summary>
/// <remarks>
/// A composite, because the exporter inside then belongs to the provider as if it stood there alone: it gets the resource, is
/// flushed and is shut down.
/// </remarks>
internal sealed class TailSamplingProcessor(BaseProcessor<Activity> exporter, SamplingPolicyProvider plan, SamplingMetrics metrics) : CompositeProcessor<Activity>([exporter])
{
    private readonly TraceBuffer _held = new(metrics);

    public override void OnStart(Activity data)
    {
        base.OnStart(data);
        if (data.IsLocalRoot() && plan.Value.Tail is { Enabled: true } options)
            _held.Begin(data.TraceId, options);
    }

    public override void OnEnd(Activity data)
    {
        if (!data.Recorded)
        {
            _held.Hold(data, plan.Value.Tail);
        }
        else
        {
            SamplingAttributes.AddTo(data);
            base.OnEnd(data);
        }

        if (data.IsLocalRoot() && _held.End(data, plan.Value.Tail) is { } kept)
        {
            foreach (var span in kept.Spans)
            {
                // Children that are still to come, as Redis commands, which are told of afterwards, read this from their parent.
                span.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
                SamplingAttributes.AddTo(span, kept.Reason);
                base.OnEnd(span);
            }
        }
    }
}
