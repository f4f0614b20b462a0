using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Shop.Web.Problems;

namespace Microsoft.Extensions.Hosting;

/// <summary>Restricts request bodies to those that are not compressed.</summary>
public static class ContentEncodingExtensions
{
    private const string Identity = "identity";

    /// <summary>Returns 415 for bodies that declare a content encoding (RFC 9110, section 8.4): none is decoded.</summary>
    public static void RequireIdentityEncoding(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        var encodings = context.Request.Headers.ContentEncoding;
        if (encodings.Count == 0 || encodings.ToString().Trim().Equals(Identity, StringComparison.OrdinalIgnoreCase))
        {
            return next(context);
        }

        // Tells the client what it may send (RFC 9110, section 15.5.16).
        context.Response.Headers.AcceptEncoding = Identity;
        return ProblemResults.Create(
            StatusCodes.Status415UnsupportedMediaType, "unsupported_content_encoding", "The body must not be compressed.")
            .ExecuteAsync(context);
    });
}
