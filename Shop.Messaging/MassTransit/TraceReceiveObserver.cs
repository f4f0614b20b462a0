using System.Diagnostics;
using MassTransit;
using MassTransit.Logging;

namespace Shop.Messaging.MassTransit;

/// <summary>Restores the trace context and the journey of every message that is received.</summary>
internal sealed class TraceReceiveObserver : IReceiveObserver
{
    // Not async: the baggage that is set here then flows to the consumer of this message and to nothing else.
    public Task PreReceive(ReceiveContext context)
    {
        MessageTracePropagation.Extract(context.TransportHeaders);
        if (Activity.Current is { IsAllDataRequested: true, Source.Name: DiagnosticHeaders.DefaultListenerName } receive)
        {
            receive.SetTag(DiagnosticHeaders.Messaging.DestinationName, context.GetDestination());
        }

        return Task.CompletedTask;
    }

    public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) where T : class =>
        Task.CompletedTask;

    public Task ReceiveFault(ReceiveContext context, Exception exception) => Task.CompletedTask;
}
