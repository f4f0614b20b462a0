using System.Data.Common;
using Grpc.Core;
using Polly;
using Shop.Messaging;

namespace Shop.Web.Problems;

/// <summary>Tells "try again in a moment" from "we made a mistake".</summary>
internal static class TransientErrors
{
    public static bool IsTransient(Exception exception, ProblemOptions options)
    {
        // Clients wrap what happened to them: a lost connection arrives inside a DbUpdateException, an open circuit inside an RpcException.
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (IsTransient(cause) || options.Unavailable.Exists(added => added(cause)))
                return true;
        }

        return false;
    }

    private static bool IsTransient(Exception exception) => exception switch
    {
        TimeoutException or BrokerUnavailableException or ExecutionRejectedException => true,
        // Not by the caller, whose requests end before they get here: something that is needed has given us up. A Redis connection
        // that breaks cancels what waits for it.
        OperationCanceledException => true,
        DbException database => database.IsTransient,
        RpcException call => call.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted,
        _ => false,
    };
}
