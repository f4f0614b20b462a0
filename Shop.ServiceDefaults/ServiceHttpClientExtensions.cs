using Microsoft.Extensions.Hosting;
using Shop.ServiceDefaults;
using Shop.Telemetry.Propagation;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds HTTP clients of other services.</summary>
public static class ServiceHttpClientExtensions
{
    /// <summary>
    /// Adds a typed client of another service's <c>http</c> endpoint, resolved by service discovery. Its requests carry the trace context,
    /// the baggage and the service key. A client that is added in any other way sends none of them. A GET or HEAD without a response is
    /// sent again (<see cref="HedgedReadHandler"/>).
    /// </summary>
    /// <typeparam name="TClient">The client, which takes an <see cref="HttpClient"/> with relative addresses.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="service">The name of the other service in the AppHost.</param>
    /// <returns>The client.</returns>
    public static IHttpClientBuilder AddServiceHttpClient<TClient>(this IServiceCollection services, string service)
        where TClient : class
    {
        // Longer than a handler, which is replaced every two minutes.
        var budget = new HedgingBudget();
        return services
            .AddHttpClient<TClient>(client => client.BaseAddress = new Uri($"http://{service}"))
            .AddServiceCallHandler(service)
            // Writes the context of the client span, which is started for each attempt, in place of that of the span around it.
            .ConfigurePrimaryHttpMessageHandler(() => CreateHedgedHandler(budget));
    }

    /// <summary>
    /// Creates the handler with which a reverse proxy sends requests to addresses of services. They carry the trace context, the baggage
    /// and the service key in place of those of the caller. Nothing is retried after a failure, or decompressed.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="hedgesReads">Whether a GET or HEAD without a response is sent again.</param>
    /// <returns>The handler.</returns>
    public static HttpMessageHandler CreateServiceProxyHandler(this IServiceProvider services, bool hedgesReads) =>
        services.CreateServiceCallHandler(hedgesReads
            ? CreateHedgedHandler(new HedgingBudget())
            : ServiceConnections.CreateHandler(TracePropagator.Instance));

    private static HedgedReadHandler CreateHedgedHandler(HedgingBudget budget) =>
        new(budget, ServiceConnections.CreateHandler(TracePropagator.Instance));
}
