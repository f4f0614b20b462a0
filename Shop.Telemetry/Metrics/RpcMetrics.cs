using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Shop.Telemetry.Http;

namespace Shop.Telemetry.Metrics;

/// <summary>
/// The duration of gRPC calls by method and status, as the semantic conventions for RPC have it. The metrics of ASP.NET Core have the HTTP
/// status code only, which is 200 for a gRPC call that failed.
/// </summary>
internal sealed class RpcMetrics
{
    public const string MeterName = "Shop.Telemetry.Rpc";

    // The buckets that the semantic conventions advise.
    private static readonly double[] _seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly Histogram<double> _duration;

    public RpcMetrics(IMeterFactory meters) => _duration = meters.Create(MeterName).CreateHistogram(
        "rpc.server.call.duration",
        "s",
        "Duration of gRPC calls that the service has handled.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = _seconds });

    /// <summary>Records a completed call.</summary>
    /// <param name="context">The request of the call.</param>
    /// <param name="status">The name of the gRPC status.</param>
    /// <param name="duration">The duration of the call.</param>
    public void RecordCall(HttpContext context, string status, TimeSpan duration)
    {
        var tags = new TagList
        {
            { "rpc.system.name", "grpc" },
            // A method that no service has is not an attribute value, because a caller can invent it.
            { "rpc.method", context.GetRouteTemplate()?.TrimStart('/') is { } method && !method.Contains('{') ? method : "_OTHER" },
            { "rpc.response.status_code", status },
        };
        if (GrpcStatus.IsServerError(context, status))
        {
            tags.Add("error.type", status);
        }

        _duration.Record(duration.TotalSeconds, tags);
    }
}
