using System.Security.Cryptography;
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

    /// <summary>
    /// Classifies the exception of a delivery. One that is thrown before the message is deserialized is a defect of the message, unless
    /// its key is missing or wrong: the key can be put right.
    /// </summary>
    public static FaultKind Classify(this ExceptionReceiveContext context, IReadOnlySet<Type> conflictExceptions) =>
        !context.IsDeserialized() && context.Exception.GetBaseException() is not CryptographicException
            ? FaultKind.Permanent
            : Classify(context.Exception, conflictExceptions);

    /// <summary>
    /// Records that the message was deserialized. The exceptions that an invalid body causes are, after that, those of the handler or of
    /// its dependencies.
    /// </summary>
    public static void SetDeserialized(this ReceiveContext context) => context.GetOrAddPayload(() => new Deserialized());

    private static bool IsDeserialized(this ReceiveContext context) => context.TryGetPayload<Deserialized>(out _);

    private sealed class Deserialized;
}
