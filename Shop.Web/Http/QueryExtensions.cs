using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Microsoft.Extensions.Hosting;

/// <summary>Normalizes query strings.</summary>
public static class QueryExtensions
{
    /// <summary>
    /// Removes query parameters without a value, so that every endpoint takes <c>?sort=</c>, as a form without a choice sends it, as if the
    /// parameter were absent. ASP.NET Core binds it to an empty text, or returns 400 where a number belongs.
    /// </summary>
    public static void IgnoreEmptyQueryParameters(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        var query = context.Request.Query;
        if (query.Any(static parameter => parameter.Value.Any(string.IsNullOrEmpty)))
        {
            context.Request.QueryString = QueryString.Create(
                from parameter in query
                from value in parameter.Value
                where !string.IsNullOrEmpty(value)
                select KeyValuePair.Create<string, string?>(parameter.Key, value));
        }

        return next(context);
    });
}
