using System.Diagnostics;
using Shop.Telemetry.Http;

namespace Shop.Telemetry.Sampling;

/// <summary>Determines for which reasons tail sampling exports a trace.</summary>
internal static class TailSamplingPolicy
{
    public const string Error = "error";
    public const string Slow = "slow";

    private const string ClientDisconnected = "Shop.Telemetry.ClientDisconnected";

    /// <summary>
    /// Returns the reason for which a span makes its trace sampled: a failure, or the reason that another component has set. Null when
    /// there is none.
    /// </summary>
    public static string? GetReason(Activity span) =>
        span.GetTagItem(SamplingAttributes.Reason) as string ?? (IsFailure(span) ? Error : null);

    /// <summary>Returns whether the duration of a request or message is a reason.</summary>
    public static bool IsSlow(TimeSpan duration, TailSamplingOptions options) => duration >= options.LatencyThreshold;

    /// <summary>
    /// Marks a request whose caller has closed the connection. The canceled calls below it look like failures and are none.
    /// </summary>
    public static void SetClientDisconnected(Activity request) => request.SetCustomProperty(ClientDisconnected, ClientDisconnected);

    /// <summary>Returns whether the caller of a request has closed the connection.</summary>
    public static bool IsClientDisconnected(Activity request) => request.GetCustomProperty(ClientDisconnected) is not null;

    private static bool IsFailure(Activity span) =>
        (span.Status == ActivityStatusCode.Error || span.GetTagItem("http.response.status_code") is >= 500 || HasException(span))
        && !IsExpected(span);

    // Instrumentations report errors that the code expects and handles. What it does not handle makes the request fail.
    private static bool IsExpected(Activity span)
    {
        if (span.GetTagItem("rpc.response.status_code") is string grpcStatus)
        {
            return !GrpcStatus.IsServerError(grpcStatus);
        }

        if (span.GetTagItem("http.response.status_code") is int and >= 400 and < 500)
        {
            return true;
        }

        // SQLSTATE classes: 23 is an integrity constraint such as a unique key, 40 a serialization failure, which is retried.
        return span.GetTagItem("db.response.status_code") is string sqlState
            && (sqlState.StartsWith("23", StringComparison.Ordinal) || sqlState.StartsWith("40", StringComparison.Ordinal));
    }

    private static bool HasException(Activity span)
    {
        foreach (ref readonly var activityEvent in span.EnumerateEvents())
        {
            if (activityEvent.Name == "exception")
            {
                return true;
            }
        }

        return false;
    }
}
