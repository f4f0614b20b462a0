using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Logging;

internal static partial class Log
{
    private const string GrpcMessage = "{Method} {Route} responded {StatusCode} with gRPC status {GrpcStatus} in {ElapsedMilliseconds} ms";

    // RequestLoggingMiddleware has checked the level of the records of requests. Each check is a sampling decision.
    [LoggerMessage(LogLevel.Information, "{Method} {Route} responded {StatusCode} in {ElapsedMilliseconds} ms",
        EventName = "request.completed", SkipEnabledCheck = true)]
    public static partial void RequestCompleted(this ILogger log, string method, string route, int statusCode, double elapsedMilliseconds);

    [LoggerMessage(LogLevel.Error, "{Method} {Route} responded {StatusCode} in {ElapsedMilliseconds} ms",
        EventName = "request.failed", SkipEnabledCheck = true)]
    public static partial void RequestFailed(this ILogger log, string method, string route, int statusCode, double elapsedMilliseconds);

    [LoggerMessage(LogLevel.Warning, "Dropped {Count} log records because the console queue was full",
        EventName = "console.records_dropped")]
    public static partial void RecordsDropped(this ILogger log, long count);

    [LoggerMessage(LogLevel.Information, GrpcMessage, EventName = "grpc_call.completed", SkipEnabledCheck = true)]
    public static partial void GrpcCallCompleted(
        this ILogger log, string method, string route, int statusCode, string grpcStatus, double elapsedMilliseconds);

    [LoggerMessage(LogLevel.Error, GrpcMessage, EventName = "grpc_call.failed", SkipEnabledCheck = true)]
    public static partial void GrpcCallFailed(
        this ILogger log, string method, string route, int statusCode, string grpcStatus, double elapsedMilliseconds);
}
