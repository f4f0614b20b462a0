using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Http;
using Shop.Web.RequestLimits;

namespace Microsoft.Extensions.Hosting;

/// <summary>Limits the size, the duration and the rate of requests.</summary>
public static class RequestLimitExtensions
{
    // Half of Kestrel's defaults. A request has a token, a cookie and the headers of a browser: 3 KiB.
    private const int MaxHeaderBytes = 16 * 1024;
    private static readonly TimeSpan _headersTimeout = TimeSpan.FromSeconds(15);

    private static readonly PathString _api = "/api";

    /// <summary>
    /// Adds the limits of <see cref="RequestLimitOptions"/>: 413 for large bodies, 429 with Retry-After for too many requests, 503 after
    /// the timeout. Requests with more than 16 KiB of headers get 431.
    /// </summary>
    public static void AddRequestLimits(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptionsWithValidateOnStart<RequestLimitOptions, RequestLimitOptionsValidator>()
            // Before the configuration, so that it can change one number of a limit that the code sets.
            .Configure<IEnumerable<RouteValueLimit>>(static (options, limits) =>
            {
                foreach (var limit in limits)
                {
                    options.RouteValues[limit.Name] = new() { RequestsPerSecond = limit.RequestsPerSecond, Burst = limit.Burst };
                }
            })
            .BindConfiguration(RequestLimitOptions.Section);
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<RequestLimitOptions>>((kestrel, limits) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = limits.Value.MaxBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
            kestrel.Limits.RequestHeadersTimeout = _headersTimeout;
        });

        builder.Services.AddRequestTimeouts();
        builder.Services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<RequestLimitOptions>>((timeouts, limits) =>
            timeouts.DefaultPolicy = new()
            {
                Timeout = limits.Value.Timeout,
                TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
            });
    }

    /// <summary>
    /// Limits requests to <c>/api</c> by the value of a route parameter, such as a cart's id. Configuration may set another limit.
    /// </summary>
    /// <param name="builder">The service.</param>
    /// <param name="routeValue">The name of the route parameter.</param>
    /// <param name="requestsPerSecond">Sustained number of requests per second for each value.</param>
    /// <param name="burst">Number of requests accepted at once after a pause.</param>
    public static void LimitRequestsBy(this IHostApplicationBuilder builder, string routeValue, int requestsPerSecond, int burst) =>
        builder.Services.AddSingleton(new RouteValueLimit(routeValue, requestsPerSecond, burst));

    /// <summary>Adds the middleware that applies the rate limits and the timeout.</summary>
    public static void UseRequestLimits(this IApplicationBuilder app)
    {
        app.UseMiddleware<RateLimitMiddleware>();
        app.UseRequestTimeouts();
    }

    /// <summary>
    /// Whether rate limits apply to an endpoint: not to probes, the gRPC calls of other services, and pages outside of the edge.
    /// </summary>
    internal static bool AppliesTo(PathString path, IEnumerable<object> metadata) =>
        path.StartsWithSegments(_api) || metadata.Any(static item => item is VerifiesCallerAttribute or RateLimitedAttribute);

    private sealed record RouteValueLimit(string Name, int RequestsPerSecond, int Burst);
}
