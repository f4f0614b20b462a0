using System.Net;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Storefront.Canary;
using Shop.Telemetry.Http;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;

namespace Shop.Storefront.Edge.Proxy;

/// <summary>Creates the proxy's client with the connection settings and headers of service clients.</summary>
internal sealed class ServiceForwarderHttpClientFactory(IServiceProvider services) : IForwarderHttpClientFactory
{
    // The client is kept when the replicas change, so that the connections to the others stay open.
    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context) =>
        context.OldClient ?? new HttpMessageInvoker(
            new ProbeHandler(context.ClusterId, services) { InnerHandler = CreateHandler(context.ClusterId) });

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

    /// <summary>Keeps the probes of the health checks out of traces, and sends none to the only replica of a service.</summary>
    /// <remarks>
    /// An only replica gets all requests, healthy or not. Behind a virtual address that is every service, and the result of its checks,
    /// every second for each replica of the storefront, would not be used.
    /// </remarks>
    private sealed class ProbeHandler(string service, IServiceProvider services) : DelegatingHandler
    {
        // The canary gets requests only while it is healthy, and is rolled back only if the service is healthy meanwhile.
        private readonly bool _isCompared = services.GetRequiredService<IOptions<CanaryOptions>>().Value is var canary
            && (service == canary.Name || service == canary.Service);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!HealthPaths.IsProbe(request.RequestUri?.AbsolutePath))
            {
                return await base.SendAsync(request, cancellationToken);
            }

            if (!_isCompared && IsOnlyReplica())
            {
                return new(HttpStatusCode.NoContent);
            }

            using (SuppressInstrumentationScope.Begin())
            {
                return await base.SendAsync(request, cancellationToken);
            }
        }

        // The state of the proxy is created after its clients.
        private bool IsOnlyReplica() =>
            services.GetRequiredService<IProxyStateLookup>().TryGetCluster(service, out var cluster)
            && cluster.DestinationsState.AllDestinations.Count == 1;
    }
}
