using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Shop.ServiceDefaults.Http;

internal static class CharsetExtensions
{
    /// <summary>
    /// JSON is UTF-8 (RFC 8259, 8.1): what says that it is anything else is refused (415). ASP.NET Core reads some others, and throws what
    /// looks like a mistake of ours at a name that it does not know.
    /// </summary>
    public static void UseUtf8(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        if (!SaysOther(context.Request.ContentType))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        return Task.CompletedTask;
    });

    private static bool SaysOther(string? contentType) =>
        contentType?.Contains("charset", StringComparison.OrdinalIgnoreCase) == true
        && MediaTypeHeaderValue.TryParse(contentType, out var type) && type.Charset.HasValue
        && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);
}
