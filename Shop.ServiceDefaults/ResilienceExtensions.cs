using System.Net;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace Shop.ServiceDefaults;

internal static class ResilienceExtensions
{
    /// <summary>
    /// Adds service discovery, timeouts, retries and a circuit breaker to every HttpClient. Only safe methods are retried: a POST whose
    /// response was lost may have been carried out. gRPC clients have retries and deadlines of their own instead (see
    /// <see cref="GrpcClientExtensions"/>).
    /// </summary>
    /// <remarks>
    /// Each service has a circuit breaker of its own, and only calls that do not reach it, or that it does not answer in time, open the
    /// circuit. A response of the service, such as 503 because something behind it is away, is no reason to keep all other calls from it.
    /// </remarks>
    public static void AddResilience(this IHostApplicationBuilder builder)
    {
        builder.Services.AddServiceDiscovery();
        builder.Services.AddSpanProcessor<HedgedReadSpanProcessor>();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler(options =>
                {
                    options.Retry.DisableForUnsafeHttpMethods();
                    options.CircuitBreaker.ShouldHandle = static call => ValueTask.FromResult(IsUnreachable(call.Outcome));
                })
                // Otherwise all clients of this process share one circuit breaker: https://github.com/dotnet/extensions/issues/5021
                .SelectPipelineByAuthority();
            http.AddServiceDiscovery();
        });

        builder.Services.MapToServiceUnavailable<ExecutionRejectedException>();
        builder.Services.MapToServiceUnavailable<RpcException>(IsUnavailable);
    }

    private static bool IsUnavailable(RpcException exception) => exception.StatusCode switch
    {
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted => true,
        StatusCode.Aborted => true, // by a conflict with another transaction
        StatusCode.Cancelled => true, // by the timeout of the request
        StatusCode.Internal => exception.Status.DebugException is HttpRequestException, // closed without an answer to a ping
        _ => false,
    };

    // 502 and 504 are the responses of a gateway that has not reached the service. SocketsHttpHandler reports a connection that takes too
    // long as a cancellation: https://github.com/dotnet/extensions/issues/4654
    private static bool IsUnreachable(Outcome<HttpResponseMessage> call) => call.Exception switch
    {
        null => call.Result?.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout,
        OperationCanceledException { InnerException: TimeoutException } => true,
        // All calls of a connection whose replica did not answer a ping. The next connection may lead to another replica.
        HttpRequestException { HttpRequestError: HttpRequestError.HttpProtocolError } => false,
        _ => HttpClientResiliencePredicates.IsTransient(call),
    };
}
