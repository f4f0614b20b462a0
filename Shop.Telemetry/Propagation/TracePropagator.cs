using System.Diagnostics;
using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Propagation;

/// <summary>
/// How a trace and its journey cross a border: W3C <c>traceparent</c>, <c>tracestate</c> and <c>baggage</c>, on every way out and in.
/// </summary>
/// <remarks>
/// .NET has two propagators. The runtime's, which this is, is asked by HttpClient and ASP.NET Core whatever the sampler said and
/// whether or not anybody listens. OpenTelemetry's works only inside its instrumentation, reads each request a second time, and
/// knows another baggage (github.com/open-telemetry/opentelemetry-dotnet/issues/5667). So the runtime's does all the work, with
/// OpenTelemetry's baggage; <see cref="Install"/> makes the instrumentation leave headers alone.
/// </remarks>
public class TracePropagator : DistributedContextPropagator
{
    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";

    /// <summary>The name of the W3C baggage header.</summary>
    public const string BaggageHeader = JourneyBaggage.Header;

    internal TracePropagator()
    {
    }

    private static readonly DistributedContextPropagator _w3c = CreateW3CPropagator();

    public static TracePropagator Instance { get; } = new();

    /// <summary>Both are static, as .NET has them; before the first HttpClient is made, since each takes its propagator along.</summary>
    internal static void Install()
    {
        Current = Instance;
        // With this one the HTTP instrumentation neither extracts nor injects (HttpInListener, HttpHandlerDiagnosticListener).
        Sdk.SetDefaultTextMapPropagator(new OpenTelemetry.Context.Propagation.TraceContextPropagator());
    }

    // HttpClient removes these before each attempt, so that a retry does not carry the parent of the first.
    public override IReadOnlyCollection<string> Fields { get; } = [TraceParent, TraceState, JourneyBaggage.Header];

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        if (setter is null)
            return;

        if (activity is { IdFormat: ActivityIdFormat.W3C, Id: { } id })
        {
            setter(carrier, TraceParent, id);
            if (activity.TraceStateString is { Length: > 0 } state)
                setter(carrier, TraceState, state);
        }

        if (JourneyBaggage.Format(Baggage.Current) is { } baggage)
            setter(carrier, JourneyBaggage.Header, baggage);
    }

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        _w3c.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);

    /// <summary>None: it would go to <see cref="Activity.Baggage"/>, where nobody looks for it.</summary>
    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
