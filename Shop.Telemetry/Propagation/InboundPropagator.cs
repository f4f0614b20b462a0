using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Propagation;

/// <summary>
/// Reads the trace context and the journey of requests. Those of a service of the application are continued. Those of any other caller
/// are ignored, so that its request starts a new trace under a new request id. ASP.NET Core calls it before it starts the server span,
/// so the sampler and the span already have the journey.
/// </summary>
internal sealed class InboundPropagator(ServiceKey key) : TracePropagator
{
    public override void ExtractTraceIdAndState(
        object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        if (getter is null || !key.IsValid(GetHeader(carrier, getter, ServiceKey.HeaderName)))
        {
            (traceId, traceState) = (null, null);
            Baggage.Current = WithRequestId(default);
            return;
        }

        base.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);
        Baggage.Current = WithRequestId(JourneyBaggage.Parse(GetHeader(carrier, getter, JourneyBaggage.HeaderName)));
    }

    private static string? GetHeader(object? carrier, PropagatorGetterCallback getter, string name)
    {
        getter(carrier, name, out var value, out var values);
        return value ?? (values is null ? null : string.Join(',', values));
    }

    // A service calls without a request id when its work has no request, for example in a background worker.
    private static Baggage WithRequestId(Baggage baggage) =>
        baggage.GetBaggage(JourneyKeys.RequestId) is null ? baggage.SetBaggage(JourneyKeys.RequestId, RequestId.Create()) : baggage;
}
