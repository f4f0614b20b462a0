using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Microsoft.Extensions.Hosting;

/// <summary>Restricts request bodies to UTF-8.</summary>
public static class Utf8Extensions
{
    /// <summary>
    /// Returns 415 for bodies that declare a charset other than UTF-8. JSON is UTF-8 (RFC 8259, section 8.1); ASP.NET Core decodes some
    /// other charsets, and returns 500 for names that it does not know.
    /// </summary>
    public static void RequireUtf8(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        if (context.Request.ContentType?.Contains("charset", StringComparison.OrdinalIgnoreCase) != true
            || !MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type))
        {
            return next(context);
        }

        if (!HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return Task.CompletedTask;
        }

        // ASP.NET Core does not know the quoted form, which RFC 9110, section 8.3.1, allows.
        type.Charset = "utf-8";
        context.Request.ContentType = type.ToString();
        return next(context);
    });
}
