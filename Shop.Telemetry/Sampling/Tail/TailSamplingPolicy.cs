using System.Diagnostics;

namespace Shop.Telemetry.Sampling.Tail;

/// <summary>Decides which traces tail sampling exports, and for which reason.</summary>
internal static class TailSamplingPolicy
{
    private const string Error = "error";
    private const string Slow = "slow";

    /// <summary>
    /// Returns the reason for which a span makes its trace sampled: a failure, or the reason that another component has set. Null when
    /// there is none.
    /// </summary>
    public static string? GetReason(Activity span)
    {
        if (span.GetTagItem(SamplingAttributes.Reason) is string reason)
        {
            return reason;
        }

        var failed = span.Status == ActivityStatusCode.Error
            || span.GetTagItem("http.response.status_code") is >= 500
            || HasException(span);
        return failed ? Error : null;
    }

    /// <summary>Returns the reason for which the duration of a local root span makes its trace sampled, or null.</summary>
    public static string? GetLatencyReason(Activity localRoot, TailSamplingOptions options) =>
        localRoot.Duration >= options.LatencyThreshold ? Slow : null;

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
