using System.Data.Common;
using Grpc.Core;

namespace Shop.Messaging;

/// <summary>Decides what happens to a message whose handler threw an exception.</summary>
internal enum FaultKind
{
    /// <summary>The message itself is invalid, so a retry cannot succeed: the message goes to the error queue at once.</summary>
    Permanent,

    /// <summary>A concurrent change was first: the message is retried at once.</summary>
    Conflict,

    /// <summary>
    /// A dependency is unavailable or overloaded, or the exception is unknown: retries with growing delays. A retry is cheap, a lost order
    /// is not.
    /// </summary>
    Transient,

    /// <summary>
    /// The handler or the wait for its partition exceeded the timeout: the message is redelivered later, since an immediate retry would
    /// take as long again.
    /// </summary>
    Timeout,
}

internal static class FaultClassifier
{
    // PostgreSQL error codes: serialization_failure, deadlock_detected, and unique_violation (two deliveries inserted the same key; the
    // next attempt of the second one finds the row). postgresql.org/docs/current/errcodes-appendix.html
    private static readonly HashSet<string> _conflictStates = ["40001", "40P01", "23505"];

    /// <summary>
    /// Classifies an exception by the outermost exception of its chain that is known: a DbUpdateException is unspecific, its inner
    /// DbException is not.
    /// </summary>
    public static FaultKind Classify(Exception exception, IReadOnlySet<Type> conflictExceptions)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (conflictExceptions.Contains(cause.GetType())
                || cause is DbException { SqlState: { } state } && _conflictStates.Contains(state))
            {
                return FaultKind.Conflict;
            }

            if (IsPermanent(cause))
            {
                return FaultKind.Permanent;
            }

            if (cause is HandlerTimeoutException)
            {
                return FaultKind.Timeout;
            }
        }

        return FaultKind.Transient;
    }

    // Only a defect of the message itself is permanent. What a peer or a library reports about itself (UNIMPLEMENTED during a rolling
    // update, PERMISSION_DENIED during a certificate change, a JsonException for the HTML page of a proxy) can be different next time.
    private static bool IsPermanent(Exception exception) => exception switch
    {
        InvalidMessageException => true,
        RpcException { StatusCode: StatusCode.InvalidArgument } => true,
        // PostgreSQL classes 22 (data exception) and 23 (integrity constraint violation other than uniqueness).
        DbException { SqlState: { Length: 5 } state } => state.StartsWith("22", StringComparison.Ordinal)
            || state.StartsWith("23", StringComparison.Ordinal),
        _ => false,
    };
}
