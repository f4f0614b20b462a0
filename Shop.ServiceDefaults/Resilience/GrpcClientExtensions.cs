using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Shop.ServiceDefaults.Resilience;

namespace Microsoft.Extensions.DependencyInjection;

public static class GrpcClientExtensions
{
    // Unavailable means that the call did not reach a working server or that the server refused to start it.
    // The backoff is gRPC's own: exponential with full jitter.
    private static readonly MethodConfig _idempotent = new()
    {
        Names = { MethodName.Default },
        RetryPolicy = new RetryPolicy
        {
            MaxAttempts = 4,
            InitialBackoff = TimeSpan.FromMilliseconds(100),
            MaxBackoff = TimeSpan.FromSeconds(1),
            BackoffMultiplier = 2,
            RetryableStatusCodes = { StatusCode.Unavailable },
        },
    };

    /// <summary>
    /// A client for another service's <c>grpc</c> endpoint, found by the service's name. All its methods are expected to be
    /// idempotent and are tried again while the service is unavailable, within the call's deadline. Each attempt is one client span.
    /// </summary>
    public static IHttpClientBuilder AddServiceGrpcClient<TClient>(this IServiceCollection services, string service) where TClient : ClientBase =>
        services
            // Cleartext HTTP/2 needs an endpoint of its own beside http; "_grpc" names it to service discovery.
            .AddGrpcClient<TClient>(options => options.Address = new Uri($"http://_grpc.{service}"))
            .ConfigureChannel(channel => channel.ServiceConfig = new ServiceConfig { MethodConfigs = { _idempotent } })
            .AddHttpMessageHandler(static () => new GrpcTraceHandler())
            .ConfigurePrimaryHttpMessageHandler(static () => new SocketsHttpHandler
            {
                // The gRPC span is the client span of a call; without this HttpClient would put a second one under it.
                ActivityHeadersPropagator = null,
                EnableMultipleHttp2Connections = true,
                // A connection to a service that vanished without a word is noticed within seconds, not at the next timeout.
                KeepAlivePingDelay = TimeSpan.FromSeconds(15),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
                ConnectTimeout = TimeSpan.FromSeconds(2),
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            });
}
