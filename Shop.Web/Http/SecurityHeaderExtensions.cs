using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Microsoft.Extensions.Hosting;

/// <summary>Restricts what a browser does with the responses of a service.</summary>
public static class SecurityHeaderExtensions
{
    private const string TwoYears = "max-age=63072000";

    private static readonly KeyValuePair<string, string>[] _headers =
    [
        new(HeaderNames.XContentTypeOptions, "nosniff"),
        // Requests to this host have the whole address, which the events of jumps need. Requests to other hosts have the origin only.
        new("Referrer-Policy", "strict-origin-when-cross-origin"),
        new("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        new("Cross-Origin-Opener-Policy", "same-origin"),
        new("Cross-Origin-Resource-Policy", "same-origin"),
    ];

    /// <summary>Adds the middleware that writes the headers into every response. Place it first.</summary>
    /// <param name="app">The service.</param>
    /// <param name="contentSecurityPolicy">
    /// The sources from which the pages of the service may load. A response of another service, which is forwarded, keeps its own policy if
    /// it has one.
    /// </param>
    public static void UseSecurityHeaders(this WebApplication app, string contentSecurityPolicy)
    {
        var isDevelopment = app.Environment.IsDevelopment();
        // One for all requests.
        Func<object, Task> addHeaders = state =>
        {
            AddHeaders((HttpContext)state, contentSecurityPolicy, isDevelopment);
            return Task.CompletedTask;
        };
        app.Use(next => context =>
        {
            // When the response starts: a response to an error is cleared before, and the scheme is that of a trusted proxy then.
            context.Response.OnStarting(addHeaders, context);
            return next(context);
        });
    }

    private static void AddHeaders(HttpContext context, string contentSecurityPolicy, bool isDevelopment)
    {
        var headers = context.Response.Headers;
        foreach (var (name, value) in _headers)
        {
            headers[name] = value;
        }

        if (headers.ContentSecurityPolicy.Count == 0)
        {
            headers.ContentSecurityPolicy = contentSecurityPolicy;
        }

        // Browsers apply it to all ports of a host, also to those of other applications on a developer's machine.
        if (context.Request.IsHttps && !isDevelopment && context.Request.Host.Host != "localhost")
        {
            headers.StrictTransportSecurity = TwoYears;
        }

        // By default, a response is for one visitor. One with a cookie always is, also that of a file.
        if (headers.CacheControl.Count == 0
            || (headers.SetCookie.Count > 0 && headers.CacheControl.ToString().Contains("public", StringComparison.Ordinal)))
        {
            headers.CacheControl = "private, no-cache";
        }
    }
}
