using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Journeys;

namespace Shop.Web.Http;

internal static class RequestLimitExtensions
{
    private const string Cart = "cartId";

    private static readonly PathString _api = "/api";

    /// <summary>How long a request may be (413), and how many of them there may be (429, with Retry-After).</summary>
    public static void AddRequestLimits(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<RequestLimitOptions>().BindConfiguration(RequestLimitOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<RequestLimitOptions>, RequestLimitOptionsValidator>();
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<RequestLimitOptions>>((kestrel, limits) =>
            kestrel.Limits.MaxRequestBodySize = limits.Value.MaxBodyBytes);

        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddOptions<RateLimiterOptions>().Configure<IOptions<RequestLimitOptions>>((limiter, limits) =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = TellWhenAsync;
            limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
                By(ClientOf, limits.Value.ClientPerSecond, limits.Value.ClientBurst),
                By(CartOf, limits.Value.CartPerSecond, limits.Value.CartBurst));
        });
    }

    public static void UseRequestLimits(this IApplicationBuilder app) => app.UseRateLimiter();

    /// <summary>Only what people ask for: probes, call-backs and other services' gRPC calls are not counted.</summary>
    public static bool AreFor(PathString path) => path.StartsWithSegments(_api);

    private static string? ClientOf(HttpContext context) => AreFor(context.Request.Path)
        ? JourneyContext.Current.SessionId ?? context.Connection.RemoteIpAddress?.ToString() ?? "unknown"
        : null;

    private static string? CartOf(HttpContext context) => AreFor(context.Request.Path) ? context.GetRouteValue(Cart) as string : null;

    private static PartitionedRateLimiter<HttpContext> By(Func<HttpContext, string?> subject, int perSecond, int burst) =>
        PartitionedRateLimiter.Create<HttpContext, string>(context => subject(context) is { } key
            ? RateLimitPartition.GetTokenBucketLimiter(key, _ => new()
            {
                TokenLimit = burst,
                TokensPerPeriod = perSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                AutoReplenishment = true,
            })
            : RateLimitPartition.GetNoLimiter(""));

    private static ValueTask TellWhenAsync(OnRejectedContext rejected, CancellationToken cancellationToken)
    {
        var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var time) ? time : TimeSpan.FromSeconds(1);
        rejected.HttpContext.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture);
        return ValueTask.CompletedTask;
    }
}
