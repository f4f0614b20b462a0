using Microsoft.AspNetCore.Diagnostics;

namespace Shop.Identity.Provider;

/// <summary>
/// Answers 400 to a form that cannot be read, such as one with U+0000. OpenIddict reads forms during authentication, and does not expect
/// that it fails.
/// </summary>
internal sealed class UnreadableFormHandler(IProblemDetailsService problems) : IExceptionHandler
{
    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not InvalidDataException || !httpContext.Request.HasFormContentType)
        {
            return ValueTask.FromResult(false);
        }

        httpContext.Response.StatusCode = StatusCodes.Status400BadRequest;
        return problems.TryWriteAsync(new()
        {
            HttpContext = httpContext,
            ProblemDetails = { Status = StatusCodes.Status400BadRequest },
        });
    }
}
