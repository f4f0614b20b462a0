using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Journeys;
using Shop.Web.RequestLimits;

namespace Microsoft.Extensions.Hosting;

/// <summary>Limits the size and the rate of requests.</summary>
public static class RequestLimitExtensions
{
    private static readonly PathString _api = "/api";

    /// <summary>
    /// Adds the limits of <see cref="RequestLimitOptions"/>: 413 for large bodies, 429 with Retry-After for too many requests.
    /// </summary>
    public static void AddRequestLimits(this IHostApplicationBuilder builder)
    {
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
            kestrel.Limits.MaxRequestBodySize = limits.Value.MaxBodyBytes);

        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddOptions<RateLimiterOptions>().Configure<IOptions<RequestLimitOptions>>((limiter, limits) =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = SetRetryAfterAsync;
            limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
            [
                CreateLimiter(GetClient, limits.Value.Client),
                .. limits.Value.RouteValues.Select(limit => CreateLimiter(GetRouteValue(limit.Key), limit.Value)),
            ]);
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

    /// <summary>Adds the middleware that applies the rate limits.</summary>
    public static void UseRequestLimits(this IApplicationBuilder app) => app.UseRateLimiter();

    /// <summary>Whether rate limits apply to a path: not to probes, webhooks and the gRPC calls of other services.</summary>
    internal static bool AppliesTo(PathString path) => path.StartsWithSegments(_api);

    private static string? GetClient(HttpContext context) =>
        JourneyContext.Current.SessionId ?? context.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    private static Func<HttpContext, string?> GetRouteValue(string name) => context => context.GetRouteValue(name) as string;

    private static PartitionedRateLimiter<HttpContext> CreateLimiter(Func<HttpContext, string?> getKey, RateLimit limit) =>
        PartitionedRateLimiter.Create<HttpContext, string>(context => AppliesTo(context.Request.Path) && getKey(context) is { } key
            ? RateLimitPartition.GetTokenBucketLimiter(key, _ => new()
            {
                TokenLimit = limit.Burst,
                TokensPerPeriod = limit.RequestsPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                AutoReplenishment = true,
            })
            : RateLimitPartition.GetNoLimiter(""));

    private static ValueTask SetRetryAfterAsync(OnRejectedContext rejected, CancellationToken cancellationToken)
    {
        var delay = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : TimeSpan.FromSeconds(1);
        rejected.HttpContext.Response.Headers.RetryAfter =
            Math.Max(1, Math.Ceiling(delay.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture);
        return ValueTask.CompletedTask;
    }

    private sealed record RouteValueLimit(string Name, int RequestsPerSecond, int Burst);
}
