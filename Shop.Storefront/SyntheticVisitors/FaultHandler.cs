namespace Shop.Storefront.SyntheticVisitors;

/// <summary>Sends a request with a fault to another address, so that its client span shows a real failure.</summary>
internal sealed class FaultHandler(IHttpContextAccessor http, FaultyServers servers) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri!;
        if (http.HttpContext?.Items[typeof(Fault)] is not Fault fault || fault.Redirect(address, servers) is not { } other)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        try
        {
            request.RequestUri = other;
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            request.RequestUri = address; // for the next attempt
        }
    }
}
