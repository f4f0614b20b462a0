using Microsoft.AspNetCore.Antiforgery;

namespace Shop.Storefront.Pages.Layout;

/// <summary>Shared code of the form handlers: the response to every POST is a page or a redirect to one.</summary>
internal static class FormPosts
{
    /// <summary>The query parameter with the problem code that a page shows after a redirect.</summary>
    public const string Problem = "problem";

    // The texts of the largest form have some 2,000 characters.
    private const int MaxBodySize = 32 * 1024;

    /// <summary>Maps a form of the shop, which everybody may send.</summary>
    public static RouteHandlerBuilder MapForm(this IEndpointRouteBuilder routes, string pattern, Delegate handler) =>
        routes.MapPost(pattern, handler).AllowAnonymous().WithMetadata(new FormSizeLimit()).ExcludeFromDescription();

    /// <summary>
    /// Reads the form of a request, or returns null if the form has no valid token: another site has sent it, or it is older than its
    /// cookie. The handler creates the response, so that the visitor gets a page and keeps what was entered.
    /// </summary>
    public static async Task<IFormCollection?> ReadFormAsync(this HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            return null;
        }

        try
        {
            return await context.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context)
                ? await context.Request.ReadFormAsync(context.RequestAborted)
                : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or AntiforgeryValidationException)
        {
            return null; // no form of the shop has as many or as long fields
        }
    }

    /// <summary>Redirects to a page of the shop: the page is not sent again when the visitor reloads it or goes back.</summary>
    /// <param name="path">The path of the page.</param>
    /// <param name="problem">The problem that the page shows.</param>
    public static IResult SeeOther(string path, string? problem = null) =>
        new SeeOtherResult(problem is null ? path : $"{path}{(path.Contains('?') ? '&' : '?')}{Problem}={Uri.EscapeDataString(problem)}");

    private sealed class SeeOtherResult(string location) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = location;
            return Task.CompletedTask;
        }
    }

    private sealed class FormSizeLimit : Microsoft.AspNetCore.Http.Metadata.IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => MaxBodySize;
    }
}
