using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace Shop.ServiceDefaults;

internal static class ResilienceExtensions
{
    /// <summary>
    /// Adds service discovery, timeouts, retries and a circuit breaker to every HttpClient, gRPC clients included. Only safe methods are
    /// retried: a POST whose response was lost may have been carried out. gRPC calls are POSTs; their retries are configured per method
    /// (see
    /// <see cref="GrpcClientExtensions"/>).
    /// </summary>
    public static void AddResilience(this IHostApplicationBuilder builder)
    {
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler(options => options.Retry.DisableForUnsafeHttpMethods());
            http.AddServiceDiscovery();
        });

        builder.Services.MapToServiceUnavailable<ExecutionRejectedException>();
        builder.Services.MapToServiceUnavailable<RpcException>(exception =>
            exception.StatusCode is StatusCode.Unavailable
                or StatusCode.DeadlineExceeded
                or StatusCode.ResourceExhausted
                or StatusCode.Aborted // by a conflict with another transaction
                or StatusCode.Cancelled); // by the timeout of the request
    }
}
