using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Telemetry.Journeys;

namespace Shop.Storefront.Edge.Errors;

/// <summary>Writes errors as a page for browsers. Callers of an API get problem details.</summary>
internal sealed class ErrorPageWriter(IServiceScopeFactory scopes) : IProblemDetailsWriter
{
    private const string Html = "text/html";

    // Enough for most restarts.
    private const string RetryAfterSeconds = "5";

    public bool CanWrite(ProblemDetailsContext context)
    {
        var request = context.HttpContext.Request;
        return !request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/payment")
            && request.Headers.Accept.ToString().Contains(Html, StringComparison.OrdinalIgnoreCase);
    }

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var http = context.HttpContext;
        var status = context.ProblemDetails.Status ?? http.Response.StatusCode;
        if (status >= StatusCodes.Status500InternalServerError)
        {
            // The logs have the error. For the visitor, the page is not available.
            status = StatusCodes.Status503ServiceUnavailable;
            if (http.Response.Headers.RetryAfter.Count == 0)
            {
                http.Response.Headers.RetryAfter = RetryAfterSeconds;
            }
        }

        http.Response.StatusCode = status;

        // The renderer of the request may have failed in the middle of a page, and renders one page only.
        await using var scope = scopes.CreateAsyncScope();
        var services = http.RequestServices;
        http.RequestServices = scope.ServiceProvider;
        try
        {
            await new RazorComponentResult<ErrorPage>(new Dictionary<string, object?>
            {
                [nameof(ErrorPage.Status)] = status,
                [nameof(ErrorPage.RequestId)] = JourneyContext.Current.RequestId,
                [nameof(ErrorPage.RetryPath)] = status >= StatusCodes.Status429TooManyRequests ? GetRetryPath(http.Request) : null,
            })
            { StatusCode = status }.ExecuteAsync(http);
        }
        finally
        {
            http.RequestServices = services;
        }
    }

    private static string? GetRetryPath(HttpRequest request)
    {
        // "//example.org" would be the address of another host.
        var isPath = request.Path.Value is ['/'] or ['/', not ('/' or '\\'), ..];
        return isPath && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            ? request.Path.ToUriComponent() + request.QueryString.ToUriComponent()
            : null;
    }
}
