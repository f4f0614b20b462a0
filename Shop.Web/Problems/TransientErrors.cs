using System.Data.Common;

namespace Shop.Web.Problems;

/// <summary>Distinguishes errors that pass (503, the caller may retry) from errors of the service (500).</summary>
internal static class TransientErrors
{
    public static bool IsTransient(Exception exception, ProblemOptions options)
    {
        // Clients wrap exceptions: a lost connection arrives inside a DbUpdateException, an open circuit inside an RpcException.
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (IsTransient(cause) || options.ServiceUnavailable.Exists(isUnavailable => isUnavailable(cause)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsTransient(Exception exception) => exception switch
    {
        TimeoutException => true,
        // Requests that their caller canceled end before they get here, so a dependency canceled the call: a Redis connection that breaks
        // cancels the commands that wait for it.
        OperationCanceledException => true,
        DbException database => database.IsTransient,
        _ => false,
    };
}
