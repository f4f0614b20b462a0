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

        if (choice.Track is CanaryTrack.Baseline)
        {
            return await MeasureAsync(context, choice, () => base.SendAsync(request, cancellationToken));
        }

        if (router.FindReplicas() is { Count: > 0 } replicas)
        {
            try
            {
                return await MeasureAsync(context, choice, () => SendToCanaryAsync(replicas, choice, request, cancellationToken));
            }
            // No replica got any part of the request, or it only reads.
            catch (Exception exception) when (
                IsUnreached(exception, cancellationToken) || (exception is HttpRequestException && IsRepeatable(request)))
            {
                choice.IsSentToCanary = false;
            }
        }

        return await base.SendAsync(request, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendToCanaryAsync(
        IReadOnlyList<Uri> replicas, CanaryChoice choice, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (address, host) = (request.RequestUri!, request.Headers.Host);
        choice.IsSentToCanary = true;
        try
        {
            for (var i = 0; ; i++)
            {
                request.RequestUri = new Uri(replicas[i].GetLeftPart(UriPartial.Authority) + address.PathAndQuery);
                request.Headers.Host = null;
                try
                {
                    return await base.SendAsync(request, cancellationToken);
                }
                catch (Exception exception) when (i < replicas.Count - 1 && IsUnreached(exception, cancellationToken))
                {
                    // The next replica.
                }
            }
        }
        finally
        {
            (request.RequestUri, request.Headers.Host) = (address, host);
        }
    }

    private async Task<HttpResponseMessage> MeasureAsync(HttpContext context, CanaryChoice choice, Func<Task<HttpResponseMessage>> send)
    {
        var start = time.GetTimestamp();
        try
        {
            var response = await send();
            rollout.Record(choice, (int)response.StatusCode >= StatusCodes.Status500InternalServerError, time.GetElapsedTime(start));
            return response;
        }
        // A visitor who does not wait is no fault of the service. Its timeouts are, and so are connections that it does not accept.
        catch (Exception) when (!context.RequestAborted.IsCancellationRequested)
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
