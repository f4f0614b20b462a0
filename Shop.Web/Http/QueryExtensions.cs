using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Shop.Web.Problems;

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

    /// <summary>
    /// Returns 400 for a repeated query parameter of which the endpoint takes one value. ASP.NET Core joins the values of a text with a
    /// comma. Call it after <see cref="IgnoreEmptyQueryParameters"/>.
    /// </summary>
    public static void RefuseRepeatedQueryParameters(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        var repeated = context.Request.Query.Where(static parameter => parameter.Value.Count > 1).Select(static parameter => parameter.Key);
        var single = context.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
            .FirstOrDefault(parameter => !parameter.ParameterInfo.ParameterType.IsArray
                && repeated.Contains(parameter.Name, StringComparer.OrdinalIgnoreCase));
        return single is null
            ? next(context)
            : ProblemResults.InvalidField(single.Name, "Must be given only once.").ExecuteAsync(context);
    });
}
