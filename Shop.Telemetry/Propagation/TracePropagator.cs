using System.Diagnostics;
using OpenTelemetry;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling;

namespace Shop.Telemetry.Propagation;

/// <summary>
/// Propagates the trace and the journey between processes in the W3C headers <c>traceparent</c>, <c>tracestate</c> and
/// <c>baggage</c>.
/// </summary>
/// <remarks>
/// <para>
/// .NET has two propagators. HttpClient and ASP.NET Core call one of the runtime's kind for every request, whether or not the trace is
/// sampled. OpenTelemetry's instrumentation calls its own one only for sampled spans, reads and writes the headers a second time
/// (https://github.com/open-telemetry/opentelemetry-dotnet-contrib/issues/2013), and fills another baggage
/// (https://github.com/open-telemetry/opentelemetry-dotnet/issues/5667).
/// </para>
/// <para>
/// This class is of the runtime's kind and carries OpenTelemetry's baggage. It can go when the runtime propagates a baggage that
/// OpenTelemetry shares (https://github.com/dotnet/runtime/issues/112803). The filter by <see cref="JourneyKeys"/> then needs another
/// place.
/// </para>
/// </remarks>
public class TracePropagator : DistributedContextPropagator
{
    /// <summary>The name of the W3C <c>baggage</c> header.</summary>
    public const string BaggageHeader = JourneyBaggage.HeaderName;

    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";

    private static readonly DistributedContextPropagator _w3c = CreateW3CPropagator();

    internal TracePropagator()
    {
    }

    /// <summary>Gets the propagator of messages and of calls between services. It injects and extracts without side effects.</summary>
    public static TracePropagator Instance { get; } = new();

    /// <summary>
    /// Replaces the process-wide propagators of the runtime and of OpenTelemetry: an HttpClient sends no trace context and no baggage,
    /// unless it is the client of a service (<see cref="ServiceCallHandler"/>). Must be called before the first HttpClient is created,
    /// because a handler keeps the propagator that it was created with.
    /// </summary>
    internal static void Install()
    {
        Current = CreateNoOutputPropagator();

        // With exactly this type, the HTTP instrumentation neither extracts nor injects (HttpInListener, HttpHandlerDiagnosticListener).
        Sdk.SetDefaultTextMapPropagator(new OpenTelemetry.Context.Propagation.TraceContextPropagator());
    }

    /// <inheritdoc />
    // HttpClient removes these headers before each attempt, so that a retry does not have the parent of the first attempt.
    public override IReadOnlyCollection<string> Fields { get; } = [TraceParent, TraceState, JourneyBaggage.HeaderName];

    /// <inheritdoc />
    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        if (setter is null)
        {
            return;
        }

        // HttpClient adds no header that is there, and ServiceCallHandler has written those of the span around that of the call.
        if (carrier is HttpRequestMessage request)
        {
            foreach (var field in Fields)
            {
                request.Headers.Remove(field);
            }
        }

        if (activity is { IdFormat: ActivityIdFormat.W3C, Id: { } id })
        {
            setter(carrier, TraceParent, id);
            if (activity.TraceStateString is { Length: > 0 } state)
            {
                setter(carrier, TraceState, state);
            }
        }

        if (JourneyBaggage.Format(Baggage.Current) is { } baggage)
        {
            setter(carrier, JourneyBaggage.HeaderName, baggage);
        }
    }

    /// <inheritdoc />
    public override void ExtractTraceIdAndState(
        object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        _w3c.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);
        traceState = OtelTraceState.RemoveInvalidThreshold(traceId, traceState);
    }

    /// <summary>Extracts nothing: the runtime would put it into <see cref="Activity.Baggage"/>, which nothing reads.</summary>
    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
