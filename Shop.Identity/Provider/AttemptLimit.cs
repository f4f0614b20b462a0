using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Shop.Identity.Pages;
using Shop.Telemetry.Propagation;
using Shop.Web.RequestLimits;

namespace Shop.Identity.Provider;

/// <summary>Limits attempts to guess a password or the secret of a client.</summary>
internal static class AttemptLimit
{
    private static readonly PathString[] _limited = ["/sso/login", "/sso/register", "/sso/token"];

    /// <summary>Adds the middleware that limits attempts by the address of the caller.</summary>
    public static void UseAttemptLimit(this WebApplication app)
    {
        var attempts = app.Services.GetRequiredService<IOptions<ProviderOptions>>().Value.AttemptsPerMinute;
        var limit = new AddressRateLimit(
            TimeSpan.FromMinutes(1) / attempts, attempts, app.Services.GetRequiredService<TimeProvider>());
        var serviceKey = app.Services.GetRequiredService<ServiceKey>();
        app.Use(next => context =>
            !IsAttempt(context, serviceKey) || limit.TryTake(context.Connection.RemoteIpAddress, out _)
                ? next(context)
                : RejectAsync(context));
    }

    // The storefront redeems codes and refresh tokens for all its members. It also forwards the requests of browsers.
    private static bool IsAttempt(HttpContext context, ServiceKey serviceKey) =>
        HttpMethods.IsPost(context.Request.Method)
        && _limited.Any(path => context.Request.Path.StartsWithSegments(path)) // Routing ignores a slash at the end.
        && (!serviceKey.IsValid(context.Request) || context.IsForwardedByService());

    private static Task RejectAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "60";
        return context.Request.Path.StartsWithSegments("/sso/token")
            ? TypedResults.StatusCode(StatusCodes.Status429TooManyRequests).ExecuteAsync(context)
            : new RazorComponentResult<TooManyAttempts> { StatusCode = StatusCodes.Status429TooManyRequests }.ExecuteAsync(context);
    }
}
