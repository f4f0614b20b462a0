using System.Diagnostics;
using Shop.Telemetry.Propagation;

namespace Shop.ServiceDefaults.Resilience;

/// <summary>
/// Writes the trace context of the gRPC client span onto the request. HttpClient does that by itself, but only together with
/// a second span for the same call; gRPC clients have it switched off and use this instead (see <c>AddServiceGrpcClient</c>).
/// </summary>
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
