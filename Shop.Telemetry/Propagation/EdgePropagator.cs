using System.Diagnostics;
using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Propagation;

/// <summary>What the edge does with a request: whatever it says of itself, a new trace begins here, under a new request id.</summary>
internal sealed class EdgePropagator : TracePropagator
{
    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        (traceId, traceState) = (null, null);
        Baggage.Current = default(Baggage).SetBaggage(JourneyKeys.RequestId, RequestIds.New());
    }

    /// <summary>The trace that the caller says it is in: good to know, and nothing more.</summary>
    public static ActivityContext? UntrustedParent(object carrier, PropagatorGetterCallback getter)
    {
        Instance.ExtractTraceIdAndState(carrier, getter, out var traceId, out _);
        return ActivityContext.TryParse(traceId, null, isRemote: true, out var claimed) ? claimed : null;
    }
}
