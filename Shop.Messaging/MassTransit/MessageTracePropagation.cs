using System.Diagnostics;
using MassTransit;
using MassTransit.Logging;
using Microsoft.Extensions.DependencyInjection;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Propagation;

namespace Shop.Messaging.MassTransit;

/// <summary>
/// Propagates W3C <c>traceparent</c>, <c>tracestate</c> and <c>baggage</c> in message headers, whether or not the trace is sampled.
/// </summary>
/// <remarks>
/// MassTransit 8 starts its receive span before any filter runs, from its own header MT-Activity-Id, and writes that header only for a
/// sampled span: after any other span the consumer starts a new trace (github.com/MassTransit/MassTransit/issues/6241). It never propagates
/// tracestate, and of the baggage only Activity.Baggage. These observers therefore always write that header too. MassTransit calls them
/// after the send span started and before the message is serialized, and after the receive span started and before the message is consumed.
/// Redeliveries, error queues and replays keep the headers of a message; the receive span of a replay is also linked to the request that
/// replayed it. MT-Activity-Id can go when issue 6241 is fixed in the version used here; tracestate and baggage stay.
/// </remarks>
internal static class MessageTracePropagation
{
    public static void AddMessageTracePropagation(this IServiceCollection services)
    {
        services.AddSendObserver<TraceSendObserver>();
        services.AddPublishObserver<TraceSendObserver>();
        services.AddReceiveObserver<TraceReceiveObserver>();
    }

    public static void Inject(SendHeaders headers)
    {
        headers.Set(DiagnosticHeaders.ActivityId, Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null);
        // MassTransit's copy of Activity.Baggage.
        headers.Set(DiagnosticHeaders.ActivityCorrelationContext, null);
        TracePropagator.Instance.Inject(Activity.Current, headers, static (carrier, name, value) =>
            ((SendHeaders)carrier!).Set(name, value));
    }

    public static void Extract(Headers headers)
    {
        JourneyContext.SetFromHeader(GetText(headers, TracePropagator.BaggageHeader));
        if (Activity.Current is not { Source.Name: DiagnosticHeaders.DefaultListenerName } receive)
        {
            return;
        }

        TracePropagator.Instance.ExtractTraceIdAndState(
            headers,
            static (object? carrier, string name, out string? value, out IEnumerable<string>? values) =>
            {
                values = null;
                value = GetText((Headers)carrier!, name);
            },
            out var traceParent,
            out var traceState);

        if (ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var sender) && sender.TraceId == receive.TraceId)
        {
            receive.TraceStateString = sender.TraceState;
        }
        else if (sender != default)
        {
            // A publisher without MassTransit does not send MT-Activity-Id, and a started span cannot get another parent.
            receive.AddLink(new ActivityLink(sender));
        }

        if (ActivityContext.TryParse(GetText(headers, MessageHeaders.ReplayedBy), null, isRemote: true, out var replay))
        {
            receive.AddLink(new ActivityLink(replay));
        }
    }

    private static string? GetText(Headers headers, string name) => headers.TryGetHeader(name, out var value) ? value as string : null;
}
