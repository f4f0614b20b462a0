using Microsoft.Extensions.Hosting;
using Shop.ServiceDefaults;
using Shop.Telemetry.Propagation;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds HTTP clients of other services.</summary>
public static class ServiceHttpClientExtensions
{
    /// <summary>
    /// Adds a typed client of another service's <c>http</c> endpoint, resolved by service discovery. Its requests carry the trace context,
    /// the baggage and the service key. A client that is added in any other way sends none of them.
    /// </summary>
    /// <typeparam name="TClient">The client, which takes an <see cref="HttpClient"/> with relative addresses.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="service">The name of the other service in the AppHost.</param>
    /// <returns>The client.</returns>
    public static IHttpClientBuilder AddServiceHttpClient<TClient>(this IServiceCollection services, string service)
        where TClient : class =>
        services
            .AddHttpClient<TClient>(client => client.BaseAddress = new Uri($"http://{service}"))
            .AddServiceCallHandler(service)
            // Writes the context of the client span, which is started for each attempt, in place of that of the span around it.
            .ConfigurePrimaryHttpMessageHandler(static () => ServiceConnections.CreateHandler(TracePropagator.Instance));

    /// <summary>
    /// Creates the handler with which a reverse proxy sends requests to addresses of services. They carry the trace context, the baggage
    /// and the service key in place of those of the caller. Nothing is retried or decompressed.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <returns>The handler.</returns>
    public static HttpMessageHandler CreateServiceProxyHandler(this IServiceProvider services) =>
        services.CreateServiceCallHandler(ServiceConnections.CreateHandler(TracePropagator.Instance));
}
