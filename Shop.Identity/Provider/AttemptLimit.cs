using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Shop.Identity.Pages;
using Shop.Telemetry.Propagation;

namespace Shop.Identity.Provider;

/// <summary>Limits attempts to guess a password or the secret of a client.</summary>
internal static class AttemptLimit
{
    // A key of its own, because all requests with the same partition key share one limiter.
    private const string NotLimited = "";

    private static readonly PathString[] _limited = ["/sso/login", "/sso/register", "/sso/token"];

    public static void AddAttemptLimit(this IHostApplicationBuilder builder)
    {
        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>()
            .Configure<IOptions<ProviderOptions>, ServiceKey>((limiter, provider, serviceKey) =>
            {
                var limit = new TokenBucketRateLimiterOptions
                {
                    TokenLimit = provider.Value.AttemptsPerMinute,
                    TokensPerPeriod = 1,
                    ReplenishmentPeriod = TimeSpan.FromMinutes(1) / provider.Value.AttemptsPerMinute,
                };
                limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
                    IsAttempt(context, serviceKey)
                        ? RateLimitPartition.GetTokenBucketLimiter(GetNetwork(context.Connection.RemoteIpAddress), _ => limit)
                        : RateLimitPartition.GetNoLimiter(NotLimited));
                limiter.OnRejected = static (rejected, _) => new(RejectAsync(rejected.HttpContext));
            });
    }

    /// <summary>Adds the middleware that limits attempts by the address of the caller.</summary>
    public static void UseAttemptLimit(this WebApplication app) => app.UseRateLimiter();

    // The storefront redeems codes and refresh tokens for all its members. It also forwards the requests of browsers.
    private static bool IsAttempt(HttpContext context, ServiceKey serviceKey) =>
        HttpMethods.IsPost(context.Request.Method)
        && _limited.Any(path => context.Request.Path.StartsWithSegments(path)) // Routing ignores a slash at the end.
        && (!serviceKey.IsValid(context.Request) || context.IsForwardedByService());

    // An internet provider assigns at least a /64 network to each customer.
    private static string GetNetwork(IPAddress? address) => address switch
    {
        null => "unknown", // a Unix domain socket
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } => Convert.ToHexString(address.GetAddressBytes()[..8]),
        _ => address.ToString(),
    };

    private static Task RejectAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "60";
        return context.Request.Path.StartsWithSegments("/sso/token")
            ? TypedResults.StatusCode(StatusCodes.Status429TooManyRequests).ExecuteAsync(context)
            : new RazorComponentResult<TooManyAttempts> { StatusCode = StatusCodes.Status429TooManyRequests }.ExecuteAsync(context);
    }
}
