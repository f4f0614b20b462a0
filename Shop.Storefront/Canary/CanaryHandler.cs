using Shop.ServiceDefaults;

namespace Shop.Storefront.Canary;

/// <summary>
/// Sends the requests of some sessions to the canary, and compares its responses with those of the baseline. Pages and the reverse proxy
/// use it alike. It is the innermost handler, so it measures each attempt of a call, and replaces the address of a replica.
/// </summary>
internal sealed class CanaryHandler(CanaryRouter router, CanaryRollout rollout, IHttpContextAccessor http, TimeProvider time)
    : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (http.HttpContext is not { } context || router.Choose(context) is not { } choice)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        return choice.Track is CanaryTrack.Baseline
            ? await MeasureAsync(context, choice, request, cancellationToken)
            : await SendToCanaryAsync(context, choice, request, cancellationToken) ?? await base.SendAsync(request, cancellationToken);
    }

    // Returns null if the baseline may get the request: no replica got any part of it, or it only reads.
    private async Task<HttpResponseMessage?> SendToCanaryAsync(
        HttpContext context, CanaryChoice choice, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var replicas = router.FindReplicas();
        var (address, host) = (request.RequestUri!, request.Headers.Host);
        try
        {
            foreach (var replica in replicas)
            {
                request.RequestUri = new Uri(replica.GetLeftPart(UriPartial.Authority) + address.PathAndQuery);
                request.Headers.Host = null;
                try
                {
                    choice.IsSentToCanary = true;
                    return await MeasureAsync(context, choice, request, cancellationToken);
                }
                catch (Exception exception) when (IsUnreached(exception, cancellationToken))
                {
                    choice.IsSentToCanary = false;
                }
                catch (HttpRequestException) when (IsRepeatable(request))
                {
                    choice.IsSentToCanary = false;
                    return null;
                }
            }
        }
        finally
        {
            (request.RequestUri, request.Headers.Host) = (address, host);
        }

        if (replicas.Count > 0)
        {
            rollout.OnUnreachable();
        }

        return null;
    }

    private async Task<HttpResponseMessage> MeasureAsync(
        HttpContext context, CanaryChoice choice, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            rollout.Record(choice, (int)response.StatusCode >= StatusCodes.Status500InternalServerError, time.GetElapsedTime(start));
            return response;
        }
        // A visitor who does not wait is no fault of the service. Its timeouts are.
        catch (Exception exception) when (!IsUnreached(exception, cancellationToken) && !context.RequestAborted.IsCancellationRequested)
        {
            rollout.Record(choice, failed: true, time.GetElapsedTime(start));
            throw;
        }
    }

    private static bool IsUnreached(Exception exception, CancellationToken cancellationToken) =>
        ServiceErrors.IsUnreached(exception) && !cancellationToken.IsCancellationRequested;

    private static bool IsRepeatable(HttpRequestMessage request) =>
        request.Content is null && (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head);
}
