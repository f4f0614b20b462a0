using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Shop.Web.Http;

internal static class CharsetExtensions
{
    /// <summary>
    /// JSON is UTF-8 (RFC 8259, 8.1): what says that it is anything else is refused (415). ASP.NET Core reads some others, and throws what
    /// looks like a mistake of ours at a name that it does not know.
    /// </summary>
    public static void RequireUtf8(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        if (context.Request.ContentType?.Contains("charset", StringComparison.OrdinalIgnoreCase) != true
            || !MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type))
            return next(context);

        if (!HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return Task.CompletedTask;
        }

        // It does not know the name in quotes either, which are allowed (RFC 9110, 8.3.1).
        type.Charset = "utf-8";
        context.Request.ContentType = type.ToString();
        return next(context);
    });
}
