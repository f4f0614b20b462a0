using MassTransit;

namespace Shop.Messaging.MassTransit;

internal static class MassTransitFaultClassifier
{
    /// <summary>
    /// Classifies what MassTransit reports. It replaces an exception whose base is a cancellation by <see cref="ConsumerCanceledException"/>: the
    /// handler gave up because something canceled its work, and an immediate retry would take as long again.
    /// </summary>
    public static FaultKind Classify(Exception exception, IReadOnlySet<Type> conflictExceptions) =>
        exception is ConsumerCanceledException ? FaultKind.Timeout : FaultClassifier.Classify(exception, conflictExceptions);
}
