using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.Hosting;
using Shop.ServiceDefaults;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds gRPC clients of other services.</summary>
public static class GrpcClientExtensions
{
    // UNAVAILABLE: the call did not reach a working server, or the server refused to start it. INTERNAL: the connection was closed, since
    // the server did not answer a ping. gRPC's own backoff is exponential with full jitter.
    private static readonly MethodConfig _retryWhenUnavailable = new()
    {
        Names = { MethodName.Default },
        RetryPolicy = new RetryPolicy
        {
            MaxAttempts = 4,
            InitialBackoff = TimeSpan.FromMilliseconds(100),
            MaxBackoff = TimeSpan.FromSeconds(1),
            BackoffMultiplier = 2,
            RetryableStatusCodes = { StatusCode.Unavailable, StatusCode.Internal },
        },
    };

    // After 200 failed attempts, calls are made once, until as many attempts have succeeded: retries are not most of the load of a service
    // that comes back. More than the 100 calls of one connection (MaxStreamsPerConnection of Kestrel), which all fail when its replica
    // hangs, and must be repeated.
    private static readonly RetryThrottlingPolicy _limitRetries = new() { MaxTokens = 400, TokenRatio = 1 };

    /// <summary>
    /// Adds a client of another service's <c>grpc</c> endpoint, resolved by service discovery. All its methods must be idempotent: they are
    /// retried while the service is unavailable, within the deadline of the call. Each attempt is one client span.
    /// </summary>
    /// <remarks>
    /// Each call must have a deadline: there is no other timeout. gRPC retries and ends calls by itself, so the handler with the retries,
    /// timeouts and circuit breaker of other HTTP clients is left out.
    /// </remarks>
    /// <typeparam name="TClient">The generated client.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="service">The name of the other service in the AppHost.</param>
    public static IHttpClientBuilder AddServiceGrpcClient<TClient>(this IServiceCollection services, string service)
        where TClient : ClientBase =>
#pragma warning disable EXTEXP0001 // May change. There is no other way to leave out a handler of the defaults of all HttpClients.
        services
            // Cleartext HTTP/2 needs an endpoint of its own beside HTTP/1.1; "_grpc" is its name for service discovery.
            .AddGrpcClient<TClient>(options => options.Address = new Uri($"http://_grpc.{service}"))
            .ConfigureChannel(channel => channel.ServiceConfig = new ServiceConfig
            {
                MethodConfigs = { _retryWhenUnavailable },
                RetryThrottling = _limitRetries,
            })
            .RemoveAllResilienceHandlers()
#pragma warning restore EXTEXP0001
            .AddServiceCallHandler(service)
            // The span of the gRPC client is the client span; with a propagator HttpClient would add a second one below it. The handler
            // above has written the trace context of the gRPC client's span.
            .ConfigurePrimaryHttpMessageHandler(static () => ServiceConnections.CreateHandler(propagator: null));
}
