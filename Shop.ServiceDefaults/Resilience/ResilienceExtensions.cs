using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;

namespace Shop.ServiceDefaults.Resilience;

internal static class ResilienceExtensions
{
    /// <summary>
    /// Every HttpClient, and every gRPC client beneath its calls: names are discovered, attempts time out, a dead service is
    /// left alone for a while (circuit breaker). Only what may safely be done twice is tried again: a POST whose answer got lost
    /// may have been carried out. gRPC calls are POSTs, so what is repeated there is decided per method, above HTTP.
    /// </summary>
    public static void AddResilience(this IHostApplicationBuilder builder)
    {
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler(options => options.Retry.DisableForUnsafeHttpMethods());
            http.AddServiceDiscovery();
        });
    }
}
