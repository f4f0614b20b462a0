using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Http;
using Shop.Telemetry.Propagation;
using Shop.Telemetry.Sampling.CriticalRoutes;
using Shop.Web.Management;
using Shop.Web.Sessions;

namespace Shop.Web.RequestLimits;

/// <summary>
/// Limits the rate of requests to <c>/api</c>, and in the edge of all others too: always by the address of the caller, in addition by its
/// session, if the caller sent a token that this shop issued, and by route values. Nothing else that a caller sends has an influence, so a
/// caller cannot evade the limit of its address. Other services of the application are not limited.
/// </summary>
/// <remarks>
/// Requests to endpoints that verify their caller, such as webhooks, have a limit of their own by address. A request takes a token when it
/// arrives, and gives it back when its caller was verified: a webhook is lost neither because a visitor has the same address, nor because
/// there are many, one after the other.
/// </remarks>
internal sealed class RateLimitMiddleware
{
    private readonly RequestDelegate _next;
    private readonly ServiceKey _serviceKey;
    private readonly bool _isEdge;
    private readonly AddressRateLimit _addresses;
    private readonly AddressRateLimit _unverifiedCallers;
    private readonly RateLimitBuckets _sessions;
    private readonly (string Name, RateLimitBuckets Buckets)[] _routeValues;

    public RateLimitMiddleware(
        RequestDelegate next,
        IOptions<RequestLimitOptions> options,
        IOptions<EdgeOptions> edge,
        ServiceKey serviceKey,
        TimeProvider time)
    {
        _next = next;
        _serviceKey = serviceKey;
        _isEdge = edge.Value.Enabled;
        _addresses = new(options.Value.Address, time);
        _unverifiedCallers = new(options.Value.Address, time);
        _sessions = new(options.Value.Session, time);
        _routeValues = [.. options.Value.RouteValues.Select(limit => (limit.Key, new RateLimitBuckets(limit.Value, time)))];
    }

    public Task InvokeAsync(HttpContext context)
    {
        var metadata = context.GetEndpoint()?.Metadata ?? EndpointMetadataCollection.Empty;
        if (!AppliesTo(context, metadata) || _serviceKey.IsValid(context.Request))
        {
            return _next(context);
        }

        if (metadata.GetMetadata<VerifiesCallerAttribute>() is not null)
        {
            return LimitUnverifiedCallersAsync(context);
        }

        return TryTake(context, out var retryAfter) ? _next(context) : RejectAsync(context.Response, retryAfter);
    }

    private bool AppliesTo(HttpContext context, EndpointMetadataCollection metadata) =>
        RequestLimitExtensions.AppliesTo(context.Request.Path, metadata)
        || (_isEdge && !context.IsManagement() && !HealthPaths.IsProbe(context.Request.Path));

    private static Task RejectAsync(HttpResponse response, TimeSpan retryAfter)
    {
        response.StatusCode = StatusCodes.Status429TooManyRequests;
        response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(retryAfter.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture);
        return Task.CompletedTask;
    }

    private async Task LimitUnverifiedCallersAsync(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        if (!_unverifiedCallers.TryTake(address, out var retryAfter))
        {
            await RejectAsync(context.Response, retryAfter);
            return;
        }

        try
        {
            await _next(context);
        }
        finally
        {
            if (context.IsCallerVerified())
            {
                _unverifiedCallers.GiveBack(address);
            }
        }
    }

    private bool TryTake(HttpContext context, out TimeSpan retryAfter)
    {
        if (!_addresses.TryTake(context.Connection.RemoteIpAddress, out retryAfter)
            || (context.Features.Get<VisitorSession>() is { IsProven: true } session
                && !_sessions.TryTake(session.SessionId, out retryAfter)))
        {
            return false;
        }

        foreach (var (name, buckets) in _routeValues)
        {
            if (context.GetRouteValue(name) is string value && !buckets.TryTake(value, out retryAfter))
            {
                return false;
            }
        }

        return true;
    }
}
