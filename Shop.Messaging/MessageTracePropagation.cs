using System.Diagnostics;
using MassTransit;
using MassTransit.Logging;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Propagation;

namespace Shop.Messaging;

/// <summary>
/// The broker hop, whatever the sampler said: every message carries W3C <c>traceparent</c>, <c>tracestate</c> and <c>baggage</c>,
/// and its consumer goes on from there.
/// </summary>
/// <remarks>
/// MassTransit 8 starts its receive span before any filter runs, from its own header MT-Activity-Id, and writes that header only
/// for a span that is sampled: after any other the consumer begins a new trace and decides anew
/// (github.com/MassTransit/MassTransit/issues/6241). It never carries tracestate, and only Activity.Baggage. So we always write
/// that header too, as observers: they are called after the send span started and before the message is serialized, and after the
/// receive span started and before anything is consumed. Error queues, redeliveries and replays keep the headers of a message; a
/// replay is linked besides to the request of whoever asked for it.
/// </remarks>
internal static class MessageTracePropagation
{
    private const string ReplayedBy = "shop-replayed-by";

    public static void AddMessageTracePropagation(this IServiceCollection services)
    {
        services.AddSendObserver<TraceSendObserver>();
        services.AddPublishObserver<TraceSendObserver>();
        services.AddReceiveObserver<TraceReceiveObserver>();
    }

    internal static void Write(SendHeaders headers)
    {
        headers.Set(DiagnosticHeaders.ActivityId, Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null);
        // MassTransit's copy of Activity.Baggage.
        headers.Set(DiagnosticHeaders.ActivityCorrelationContext, null);
        TracePropagator.Instance.Inject(Activity.Current, headers, static (carrier, name, value) => ((SendHeaders)carrier!).Set(name, value));
    }

    /// <summary>Says in which trace a parked message goes back to work. Its own stays the one that it came with.</summary>
    internal static void WriteReplay(IDictionary<string, object?> headers)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id })
            headers[ReplayedBy] = id;
    }

    internal static void Read(Headers headers)
    {
        Baggage.Current = JourneyBaggage.Parse([TextOf(headers, JourneyBaggage.HeaderName)]);
        if (Activity.Current is not { Source.Name: DiagnosticHeaders.DefaultListenerName } receive)
            return;

        TracePropagator.Instance.ExtractTraceIdAndState(headers, static (object? carrier, string name, out string? value, out IEnumerable<string>? values) =>
        {
            values = null;
            value = TextOf((Headers)carrier!, name);
        }, out var traceParent, out var traceState);

        if (ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var sender) && sender.TraceId == receive.TraceId)
            receive.TraceStateString = sender.TraceState;
        else if (sender != default)
            // From somebody who is not MassTransit, and so without its header: too late to be a child.
            receive.AddLink(new ActivityLink(sender));
        if (ActivityContext.TryParse(TextOf(headers, ReplayedBy), null, isRemote: true, out var replay))
            receive.AddLink(new ActivityLink(replay));
        JourneyContext.Current.AddTo(receive);
    }

    private static string? TextOf(Headers headers, string name) => headers.TryGetHeader(name, out var value) ? value as string : null;
}

internal sealed class TraceSendObserver : ISendObserver, IPublishObserver
{
    public Task PreSend<T>(SendContext<T> context) where T : class => Write(context);

    public Task PostSend<T>(SendContext<T> context) where T : class => Task.CompletedTask;

    public Task SendFault<T>(SendContext<T> context, Exception exception) where T : class => Task.CompletedTask;

    public Task PrePublish<T>(PublishContext<T> context) where T : class => Write(context);

    public Task PostPublish<T>(PublishContext<T> context) where T : class => Task.CompletedTask;

    public Task PublishFault<T>(PublishContext<T> context, Exception exception) where T : class => Task.CompletedTask;

    private static Task Write(SendContext context)
    {
        MessageTracePropagation.Write(context.Headers);
        return Task.CompletedTask;
    }
}

internal sealed class TraceReceiveObserver : IReceiveObserver
{
    // Not async: what is set here then holds for the rest of the receiving, and for nothing else.
    public Task PreReceive(ReceiveContext context)
    {
        MessageTracePropagation.Read(context.TransportHeaders);
        return Task.CompletedTask;
    }

    public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) where T : class => Task.CompletedTask;

    public Task ReceiveFault(ReceiveContext context, Exception exception) => Task.CompletedTask;
}
