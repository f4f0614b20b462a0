using OpenTelemetry;
using Shop.Storefront.Canary;
using Shop.Telemetry.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Shop.Storefront.Edge.Proxy;

/// <summary>Creates the proxy's client with the connection settings and headers of service clients.</summary>
internal sealed class ServiceForwarderHttpClientFactory(IServiceProvider services) : IForwarderHttpClientFactory
{
    // The client is kept when the replicas change, so that the connections to the others stay open.
    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context) =>
        context.OldClient ?? new HttpMessageInvoker(new ProbeHandler { InnerHandler = CreateHandler(context.ClusterId) });

    private HttpMessageHandler CreateHandler(string service)
    {
        // A GET of the sign-in issues a code.
        var handler = services.CreateServiceProxyHandler(hedgesReads: service != ServiceRoutes.Identity);
        if (services.FindCanaryHandler(service) is not { } canary)
        {
            return handler;
        }

        canary.InnerHandler = handler;
        return canary;
    }

    /// <summary>Keeps the probes of the health checks out of traces.</summary>
    private sealed class ProbeHandler : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!HealthPaths.IsProbe(request.RequestUri?.AbsolutePath))
            {
                return await base.SendAsync(request, cancellationToken);
            }

            using (SuppressInstrumentationScope.Begin())
            {
                return await base.SendAsync(request, cancellationToken);
            }
        }
    }
}
