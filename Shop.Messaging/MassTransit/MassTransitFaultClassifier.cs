using MassTransit;

namespace Shop.Messaging.MassTransit;

internal static class MassTransitFaultClassifier
{
    /// <summary>
    /// Classifies an exception that MassTransit reports. MassTransit replaces an exception whose base is a cancellation by
    /// <see cref="ConsumerCanceledException"/>: the work of the handler was canceled, and an immediate retry would take as long again.
    /// </summary>
    public static FaultKind Classify(Exception exception, IReadOnlySet<Type> conflictExceptions) =>
        exception is ConsumerCanceledException ? FaultKind.Timeout : FaultClassifier.Classify(exception, conflictExceptions);
}
