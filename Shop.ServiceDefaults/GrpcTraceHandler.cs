using System.Diagnostics;
using Shop.Telemetry.Propagation;

namespace Shop.ServiceDefaults;

/// <summary>Writes the trace context of the gRPC client span into the request.</summary>
/// <remarks>
/// HttpClient does so only together with a span of its own for the same call. gRPC clients switch that span off
/// (see <see cref="Microsoft.Extensions.DependencyInjection.GrpcClientExtensions"/>) and use this handler instead.
/// </remarks>
internal sealed class GrpcTraceHandler : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        TracePropagator.Instance.Inject(Activity.Current, request, static (carrier, name, value) =>
        {
            var headers = ((HttpRequestMessage)carrier!).Headers;
            headers.Remove(name);
            headers.TryAddWithoutValidation(name, value);
        });
        return base.SendAsync(request, cancellationToken);
    }
}
