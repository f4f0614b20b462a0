using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
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
        if (query.Count > 0 && query.Any(static parameter => parameter.Value.Any(string.IsNullOrEmpty)))
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
    public static void RejectRepeatedQueryParameters(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        var query = context.Request.Query;
        if (query.Count == 0)
        {
            return next(context);
        }

        var repeated = query.Where(static parameter => parameter.Value.Count > 1).Select(static parameter => parameter.Key)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (repeated.Count > 0 && context.GetEndpoint() is RouteEndpoint endpoint
            && GetSingleValueNames(endpoint).FirstOrDefault(repeated.Contains) is { } name)
        {
            return ProblemResults.InvalidField(name, "Must be given only once.").ExecuteAsync(context);
        }

        return next(context);
    });

    // ASP.NET Core does not say where a parameter is read from. Without an attribute, values are in the route, if it has their name, or in
    // the query; objects are in the body or services.
    private static IEnumerable<string> GetSingleValueNames(RouteEndpoint endpoint) =>
        from parameter in endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
        let type = parameter.ParameterInfo.ParameterType
        let attributes = parameter.ParameterInfo.GetCustomAttributes(inherit: true)
        let query = attributes.OfType<IFromQueryMetadata>().FirstOrDefault()
        where !type.IsArray && type != typeof(StringValues)
        where query is not null
            || ((type == typeof(string) || parameter.HasTryParse)
                && endpoint.RoutePattern.GetParameter(parameter.Name) is null
                && !attributes.Any(static attribute => attribute is IFromRouteMetadata or IFromHeaderMetadata or IFromBodyMetadata
                    or IFromFormMetadata or IFromServiceMetadata))
        select query?.Name ?? parameter.Name;
}
