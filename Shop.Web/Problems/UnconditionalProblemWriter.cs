using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Shop.Web.Problems;

/// <summary>
/// Writes problem details whatever the <c>Accept</c> header says. ASP.NET Core writes none when the header excludes JSON; the response
/// would then have no body and no trace id.
/// </summary>
internal sealed class UnconditionalProblemWriter(IServiceProvider services) : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        context.HttpContext.Request.Headers.Remove(HeaderNames.Accept);
        // Resolved here and not in the constructor, because this writer is one of them.
        return services.GetServices<IProblemDetailsWriter>().First(writer => writer != this && writer.CanWrite(context))
            .WriteAsync(context);
    }
}
