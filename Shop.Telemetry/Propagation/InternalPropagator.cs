using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Propagation;

/// <summary>
/// The propagator of services behind the edge. It continues the inbound trace and journey. ASP.NET Core calls it before it starts the
/// server span, so the sampler and the span already have the journey.
/// </summary>
internal sealed class InternalPropagator : TracePropagator
{
    public override void ExtractTraceIdAndState(
        object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        base.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);
        Baggage.Current = EnsureRequestId(JourneyBaggage.Parse(ReadHeader(JourneyBaggage.HeaderName)), ReadHeader);

        IEnumerable<string?>? ReadHeader(string name)
        {
            if (getter is null)
            {
                return null;
            }

            getter(carrier, name, out var value, out var values);
            return values ?? (value is null ? null : [value]);
        }
    }

    /// <summary>
    /// Adds a request id to a journey that has none, which is a request that did not pass through the edge: the id of the caller's
    /// <c>X-Request-Id</c> header if it is valid, or a new one.
    /// </summary>
    public static Baggage EnsureRequestId(Baggage baggage, Func<string, IEnumerable<string?>?> readHeader) =>
        baggage.GetBaggage(JourneyKeys.RequestId) is not null
            ? baggage
            : baggage.SetBaggage(JourneyKeys.RequestId, RequestId.AcceptOrCreate(readHeader(RequestId.HeaderName)?.FirstOrDefault()));
}
