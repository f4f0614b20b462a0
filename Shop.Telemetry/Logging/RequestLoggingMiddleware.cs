using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Events;
using Shop.Telemetry.Http;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Metrics;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Shop.Telemetry.Logging;

/// <summary>
/// Logs each request when its response is complete: method, route, status code, status of a gRPC call and duration. It replaces the four
/// records of ASP.NET Core, which have the raw path. A failed request is logged as an error, which log sampling never drops: a status code
/// of 500 or more, a gRPC status that is the server's fault, or an exception after the response has started.
/// </summary>
internal sealed class RequestLoggingMiddleware(
    RequestDelegate next,
    CriticalRouteMatcher criticalRoutes,
    TraceSampler sampler,
    RpcMetrics rpcMetrics,
    ILogger<RequestLoggingMiddleware> log)
{
    private const string NoRoute = "(no route)";

    public async Task InvokeAsync(HttpContext context)
    {
        if (HealthPaths.IsProbe(context.Request.Path)
            || (TelemetryPaths.Contains(context.Request.Path) && context.GetEndpoint() is not null))
        {
            await next(context);
            return;
        }

        var startTime = Stopwatch.GetTimestamp();
        Exception? exception = null;
        try
        {
            await next(context);
        }
        catch (Exception unhandled)
        {
            exception = unhandled;
            throw;
        }
        finally
        {
            CompleteRequest(context, exception, Stopwatch.GetElapsedTime(startTime));
        }
    }

    private void CompleteRequest(HttpContext context, Exception? exception, TimeSpan duration)
    {
        var grpcStatus = GrpcStatus.Read(context);

        // A request that the client has cancelled is not a failure of the service.
        var isClientDisconnected = context.RequestAborted.IsCancellationRequested;
        var statusCode = context.Response.StatusCode;
        var failed = statusCode >= 500 || GrpcStatus.IsServerError(context, grpcStatus) || (exception is not null && !isClientDisconnected);
        var criticalRoute = !context.IsCallerUnverified() && context.GetRouteTemplate() is { } route
            ? criticalRoutes.MatchResponse(route, statusCode)
            : null;
        context.SampleByResponse(
            sampler,
            failed,
            duration,
            exception ?? context.Features.Get<IExceptionHandlerFeature>()?.Error,
            isCriticalByStatus: criticalRoute is not null && JourneyContext.Current.CriticalRoute is null);
        if (criticalRoute is not null)
        {
            JourneyContext.SetCriticalRoute(criticalRoute);
        }

        // After the tail decision, so that a failed or slow call is an exemplar.
        if (grpcStatus is not null)
        {
            rpcMetrics.RecordCall(context, grpcStatus, duration);
        }

        LogRequest(context, failed, grpcStatus, duration);
    }

    private void LogRequest(HttpContext context, bool failed, string? grpcStatus, TimeSpan duration)
    {
        var statusCode = context.Response.StatusCode;
        if (!failed && !log.IsEnabled(LogLevel.Information))
        {
            return;
        }

        var method = GetMethod(context.Request);
        var path = RouteNormalizer.GetPath(context) ?? NoRoute;
        var milliseconds = duration.TotalMilliseconds;
        switch (failed, grpcStatus)
        {
            case (true, null): log.RequestFailed(method, path, statusCode, milliseconds); break;
            case (true, _): log.GrpcCallFailed(method, path, statusCode, grpcStatus, milliseconds); break;
            case (false, null): log.RequestCompleted(method, path, statusCode, milliseconds); break;
            default: log.GrpcCallCompleted(method, path, statusCode, grpcStatus, milliseconds); break;
        }
    }

    // A caller can send any word as the method. Unknown methods are logged as _OTHER, as the semantic conventions for HTTP have it.
    private static string GetMethod(HttpRequest request) => request.Method switch
    {
        "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "PATCH" or "OPTIONS" => request.Method,
        _ => "_OTHER",
    };
}
