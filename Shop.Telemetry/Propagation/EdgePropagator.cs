using System.Diagnostics;
using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Propagation;

/// <summary>
/// The propagator of the edge, which faces external callers. It ignores the inbound trace context, baggage and request id, so that
/// each request starts a new trace under a new request id.
/// </summary>
internal sealed class EdgePropagator : TracePropagator
{
    public override void ExtractTraceIdAndState(
        object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        (traceId, traceState) = (null, null);
        Baggage.Current = default(Baggage).SetBaggage(JourneyKeys.RequestId, RequestId.Create());
    }

    /// <summary>Reads the trace context that the caller sent, for a span link only.</summary>
    /// <returns>The context; <see langword="null"/> if there is none or it is not valid.</returns>
    public static ActivityContext? UntrustedParent(object carrier, PropagatorGetterCallback getter)
    {
        Instance.ExtractTraceIdAndState(carrier, getter, out var traceId, out _);
        return ActivityContext.TryParse(traceId, null, isRemote: true, out var parent) ? parent : null;
    }
}
