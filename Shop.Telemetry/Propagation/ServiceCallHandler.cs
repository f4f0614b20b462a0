using System.Diagnostics;

namespace Shop.Telemetry.Propagation;

/// <summary>
/// Writes the service key, the trace context and the baggage into the requests to one service of the application. Requests of all other
/// clients carry none of them.
/// </summary>
/// <remarks>
/// A request to another host would disclose the key, so it throws. This handler is the outermost one, because service discovery replaces
/// the host.
/// </remarks>
/// <param name="service">
/// The service; <see langword="null"/> in a reverse proxy, which chooses the address of a service itself, and never by the request.
/// </param>
/// <param name="key">The service key.</param>
internal sealed class ServiceCallHandler(string? service, ServiceKey key) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (service is not null && !IsService(request.RequestUri, service))
        {
            throw new InvalidOperationException($"The client of the service '{service}' cannot call '{request.RequestUri}'.");
        }

        TracePropagator.Instance.Inject(Activity.Current, request, static (carrier, name, value) =>
            SetHeader((HttpRequestMessage)carrier!, name, value));
        if (key.Value is { } value)
        {
            SetHeader(request, ServiceKey.HeaderName, value);
        }

        return base.SendAsync(request, cancellationToken);
    }

    // The host of a named endpoint is _grpc.catalog.
    private static bool IsService(Uri? address, string service) =>
        address is not null
        && (address.Host.Equals(service, StringComparison.OrdinalIgnoreCase)
            || (address.Host.StartsWith('_') && address.Host.EndsWith($".{service}", StringComparison.OrdinalIgnoreCase)
                && address.Host.IndexOf('.') == address.Host.Length - service.Length - 1));

    private static void SetHeader(HttpRequestMessage request, string name, string value)
    {
        request.Headers.Remove(name);
        request.Headers.TryAddWithoutValidation(name, value);
    }
}
