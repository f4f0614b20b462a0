using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Telemetry.Journeys;

namespace Shop.Insights.Pages;

/// <summary>Writes errors as a page for browsers. Callers of the API get problem details.</summary>
internal sealed class ErrorPageWriter(IServiceScopeFactory scopes) : IProblemDetailsWriter
{
    private const string Html = "text/html";

    public bool CanWrite(ProblemDetailsContext context)
    {
        var request = context.HttpContext.Request;
        return !request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/admin")
            && request.Headers.Accept.ToString().Contains(Html, StringComparison.OrdinalIgnoreCase);
    }

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var http = context.HttpContext;
        // The renderer of the request may have failed in the middle of a page, and renders one page only.
        await using var scope = scopes.CreateAsyncScope();
        var services = http.RequestServices;
        http.RequestServices = scope.ServiceProvider;
        try
        {
            await new RazorComponentResult<ErrorPage>(new Dictionary<string, object?>
            {
                [nameof(ErrorPage.Status)] = context.ProblemDetails.Status ?? http.Response.StatusCode,
                [nameof(ErrorPage.RequestId)] = JourneyContext.Current.RequestId,
            })
            { StatusCode = http.Response.StatusCode }.ExecuteAsync(http);
        }
        finally
        {
            http.RequestServices = services;
        }
    }
}
