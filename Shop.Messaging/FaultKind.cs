using System.Data.Common;
using System.Runtime.Serialization;
using System.Text.Json;
using Grpc.Core;
using MassTransit;

namespace Shop.Messaging;

/// <summary>What to do with a message whose consumer failed.</summary>
internal enum FaultKind
{
    /// <summary>Time does not help: park it in the error queue at once.</summary>
    Permanent,

    /// <summary>Somebody else was faster: look again at once.</summary>
    Conflict,

    /// <summary>Something is away or overloaded: wait, longer each time. Also everything unknown, since a retry is cheap and a lost order is not.</summary>
    Transient,

    /// <summary>It took too long. Once more at once would take as long again: it waits where it is in nobody's way.</summary>
    Timeout,
}

internal static class Faults
{
    // PostgreSQL: serialization_failure, deadlock_detected, unique_violation (two deliveries inserted the same key; the loser finds it next time)
    private static readonly HashSet<string> _conflictStates = ["40001", "40P01", "23505"];

    public static FaultKind Classify(Exception exception, IReadOnlySet<Type> conflicts)
    {
        // The innermost verdict counts: a DbUpdateException says nothing, the DbException in it says which one.
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (conflicts.Contains(cause.GetType()) || cause is DbException { SqlState: { } state } && _conflictStates.Contains(state))
                return FaultKind.Conflict;
            if (IsPermanent(cause))
                return FaultKind.Permanent;
            if (cause is ConsumerCanceledException)
                return FaultKind.Timeout;
        }

        return FaultKind.Transient;
    }

    private static bool IsPermanent(Exception exception) => exception switch
    {
        InvalidMessageException or JsonException or FormatException => true,
        // No envelope that MassTransit knows.
        SerializationException => true,
        ArgumentException or ArithmeticException or NullReferenceException or InvalidCastException => true,
        NotSupportedException or NotImplementedException => true,
        RpcException call => call.StatusCode is StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.FailedPrecondition
            or StatusCode.OutOfRange or StatusCode.Unimplemented or StatusCode.Unauthenticated or StatusCode.PermissionDenied,
        // Integrity violations other than uniqueness (class 23) and bad data (class 22) stay as wrong as they are.
        DbException { SqlState: { Length: 5 } state } => state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal),
        _ => false,
    };
}
