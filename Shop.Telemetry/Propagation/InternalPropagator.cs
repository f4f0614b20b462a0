using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Propagation;

/// <summary>
/// What a service behind the edge does with a request: it continues the trace and the journey. ASP.NET Core asks before it starts
/// the server span, so the sampler and the span already see whose request this is.
/// </summary>
internal sealed class InternalPropagator : TracePropagator
{
    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        base.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);
        Baggage.Current = WithRequestId(JourneyBaggage.Parse(Read(JourneyBaggage.Header)), Read);

        IEnumerable<string?>? Read(string header)
        {
            if (getter is null)
                return null;
            getter(carrier, header, out var value, out var values);
            return values ?? (value is null ? null : [value]);
        }
    }

    /// <summary>A request that comes straight here, past the edge, gets the id that its caller gave it, or one of ours.</summary>
    public static Baggage WithRequestId(Baggage baggage, Func<string, IEnumerable<string?>?> read) =>
        baggage.GetBaggage(JourneyKeys.RequestId) is not null
            ? baggage
            : baggage.SetBaggage(JourneyKeys.RequestId, RequestIds.Accept(read(RequestIds.Header)?.FirstOrDefault()));
}
