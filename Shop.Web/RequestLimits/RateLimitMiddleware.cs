using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Propagation;
using Shop.Web.Sessions;

namespace Shop.Web.RequestLimits;

/// <summary>
/// Limits the rate of requests to <c>/api</c> and of webhooks: always by the address of the caller, in addition by its session, if the
/// caller sent a token that this shop issued, and by route values. Nothing else that a caller sends has an influence, so a caller cannot
/// evade the limit of its address. Other services of the application are not limited.
/// </summary>
internal sealed class RateLimitMiddleware
{
    private const int Ipv4Bytes = 4;
    private const int Ipv6Bytes = 16;

    // A provider assigns at least a /64 network to each customer.
    private const int Ipv6NetworkBytes = 8;

    private readonly RequestDelegate _next;
    private readonly ServiceKey _serviceKey;
    private readonly RateLimitBuckets _addresses;
    private readonly RateLimitBuckets _sessions;
    private readonly (string Name, RateLimitBuckets Buckets)[] _routeValues;

    public RateLimitMiddleware(RequestDelegate next, IOptions<RequestLimitOptions> options, ServiceKey serviceKey, TimeProvider time)
    {
        _next = next;
        _serviceKey = serviceKey;
        _addresses = new(options.Value.Address, time);
        _sessions = new(options.Value.Session, time);
        _routeValues = [.. options.Value.RouteValues.Select(limit => (limit.Key, new RateLimitBuckets(limit.Value, time)))];
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (!RequestLimitExtensions.AppliesTo(context.Request.Path, context.GetEndpoint()?.Metadata ?? EndpointMetadataCollection.Empty)
            || _serviceKey.IsValid(context.Request)
            || TryTake(context, out var retryAfter))
        {
            return _next(context);
        }

        context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        context.Response.Headers.RetryAfter =
            Math.Max(1, Math.Ceiling(retryAfter.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture);
        return Task.CompletedTask;
    }

    private bool TryTake(HttpContext context, out TimeSpan retryAfter)
    {
        if (!TryTakeByAddress(context.Connection.RemoteIpAddress, out retryAfter)
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

    private bool TryTakeByAddress(IPAddress? address, out TimeSpan retryAfter)
    {
        Span<byte> bytes = stackalloc byte[Ipv6Bytes];
        address?.TryWriteBytes(bytes, out _);
        var key = address switch
        {
            null => [], // a Unix domain socket
            { IsIPv4MappedToIPv6: true } => bytes[^Ipv4Bytes..],
            { AddressFamily: System.Net.Sockets.AddressFamily.InterNetwork } => bytes[..Ipv4Bytes],
            _ => bytes[..Ipv6NetworkBytes],
        };
        return _addresses.TryTake(MemoryMarshal.Cast<byte, char>(key), out retryAfter);
    }
}
