using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Shop.Storefront.Canary;
using Shop.Telemetry.Http;
using Shop.Telemetry.Propagation;
using Shop.Telemetry.Sampling.CriticalRoutes;
using Shop.Web.RequestLimits;
using Shop.Web.Sessions;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Shop.Storefront.Edge.Proxy;

/// <summary>Forwards the requests of apps, partners and the sign-in to the services.</summary>
internal static class ServiceProxyExtensions
{
    // Headers that only the edge may set, and those of older propagators. The handler of the client sets the values of the edge.
    private static readonly string[] _removedHeaders =
    [
        ServiceKey.HeaderName, "X-Request-Id", HeaderNames.TraceParent, HeaderNames.TraceState, HeaderNames.Baggage,
        HeaderNames.RequestId, HeaderNames.CorrelationContext, "Forwarded",
    ];

    public static void AddServiceProxy(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IProxyConfigProvider>(services => new InMemoryConfigProvider(
            ServiceRoutes.Routes,
            ServiceRoutes.CreateClusters(
                services.GetRequiredService<IOptions<RequestLimitOptions>>().Value.Timeout,
                services.GetRequiredService<IOptions<CanaryOptions>>().Value.Name)));
        builder.Services.AddReverseProxy()
            .AddTransforms(AddTransforms)
            .AddServiceDiscoveryDestinationResolver();
        builder.Services.AddSingleton<IForwarderHttpClientFactory, ServiceForwarderHttpClientFactory>();
        builder.Services.AddSingleton<IPassiveHealthCheckPolicy, TransportFailurePolicy>();

        // Cart does not limit the storefront, which is a service.
        builder.LimitRequestsBy("cartId", requestsPerSecond: 20, burst: 60);
    }

    /// <summary>Maps the paths of <see cref="ServiceRoutes"/>. The services authorize the requests.</summary>
    public static void MapServiceProxy(this WebApplication app) => app.MapReverseProxy(static proxy =>
    {
        proxy.UseWebhookVerification();
        proxy.UseServiceAvailability();
        proxy.UseLoadBalancing();
        proxy.UsePassiveHealthChecks();
    }).ConfigureEndpoints(static (endpoint, route) =>
    {
        endpoint.AllowAnonymous();
        if (route.RouteId == ServiceRoutes.PaymentWebhook)
        {
            endpoint.WithMetadata(new VerifiesCallerAttribute());
        }
    });

    /// <summary>
    /// Adds the step that derives from the status code whether the service has verified the signature of a webhook. Only webhooks without a
    /// verified signature count for the rate limit.
    /// </summary>
    private static void UseWebhookVerification(this IReverseProxyApplicationBuilder proxy) => proxy.Use(static async (context, next) =>
    {
        await next();
        if (context.Response.StatusCode is < 400 or StatusCodes.Status404NotFound or StatusCodes.Status409Conflict
            or StatusCodes.Status422UnprocessableEntity)
        {
            context.SetCallerVerified();
        }
    });

    private static void AddTransforms(TransformBuilderContext context)
    {
        foreach (var header in _removedHeaders)
        {
            context.AddRequestHeaderRemove(header);
        }

        context.AddRequestHeaderRemove(context.Services.GetRequiredService<IOptions<EdgeOptions>>().Value.HeaderName);
        if (context.Route.ClusterId == ServiceRoutes.Identity)
        {
            // Identity creates addresses for the browser, and its cookies belong to the public host.
            context.AddOriginalHost();
        }
        else
        {
            // No API takes cookies, so that a page of another site cannot use those of a visitor.
            context.AddRequestHeaderRemove(HeaderNames.Cookie);
        }

        var services = context.Services;
        context.AddResponseTransform(response =>
        {
            var headers = response.HttpContext.Response.Headers;
            if (headers.Location is [{ } location] && ToPublicPath(location, response.HttpContext.Request.Host, services) is { } path)
            {
                headers.Location = path;
            }

            return ValueTask.CompletedTask;
        });
    }

    /// <summary>
    /// Returns the path of an address of this host or of a service, whose own address callers cannot reach; <see langword="null"/> for any
    /// other address.
    /// </summary>
    private static string? ToPublicPath(string location, HostString host, IServiceProvider services) =>
        // "/path" is an absolute address of a file on Linux.
        Uri.TryCreate(location, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && (address.Authority == host.Value || IsService(address, services))
            ? address.PathAndQuery + address.Fragment
            : null;

    // The state of the proxy is created after its transforms.
    private static bool IsService(Uri address, IServiceProvider services) =>
        services.GetRequiredService<IProxyStateLookup>().GetClusters()
            .SelectMany(cluster => cluster.Destinations.Values)
            .Any(replica => new Uri(replica.Model.Config.Address).Authority == address.Authority);
}
