using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Shop.Web.Problems;

namespace Microsoft.Extensions.Hosting;

/// <summary>Restricts request bodies to those that are not compressed.</summary>
public static class ContentEncodingExtensions
{
    private const string Identity = "identity";

    /// <summary>
    /// Returns 415 for bodies that declare a content encoding (RFC 9110, section 8.4): none is decoded, except by an endpoint with an
    /// <see cref="AcceptsContentEncodingAttribute"/>.
    /// </summary>
    public static void RequireIdentityEncoding(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        var encoding = context.Request.Headers.ContentEncoding.ToString().Trim();
        var accepted = context.GetEndpoint()?.Metadata.GetMetadata<AcceptsContentEncodingAttribute>()?.Encoding;
        // RFC 9110, section 8.4.1.3: x-gzip is another name of gzip.
        if (encoding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
        {
            encoding = "gzip";
        }

        if (encoding.Length == 0
            || encoding.Equals(Identity, StringComparison.OrdinalIgnoreCase)
            || encoding.Equals(accepted, StringComparison.OrdinalIgnoreCase))
        {
            return next(context);
        }

        // Tells the client what it may send (RFC 9110, section 15.5.16).
        context.Response.Headers.AcceptEncoding = accepted ?? Identity;
        return ProblemResults.Create(
            StatusCodes.Status415UnsupportedMediaType,
            "unsupported_content_encoding",
            accepted is null ? "The body must not be compressed." : $"The body must not be compressed, or with {accepted}.")
            .ExecuteAsync(context);
    });
}
