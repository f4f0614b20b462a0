using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Insights.Queries;
using Shop.Web.Authentication;

namespace Shop.Insights.Paths;

/// <summary>Adds paths.</summary>
internal static class PathEndpoints
{
    public static void AddPaths(this IHostApplicationBuilder builder) => builder.Services.AddScoped<PathReader>();

    public static void MapPaths(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/paths", GetPaths).WithName("getPaths").WithTags("Paths").RequireAuthorization(AuthorizationPolicies.Staff);

    [EndpointSummary("Counts the paths from a start forwards, or from an end backwards")]
    [EndpointDescription("As CSV with Accept: text/csv or format=csv: the links between the steps.")]
    private static Task<Results<Ok<PathResult>, ContentHttpResult, ValidationProblem>> GetPaths(
        [AsParameters] PathParameters parameters,
        HttpRequest request,
        PathReader paths,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var query = PathQuery.Read(fields);
        return QueryResponse.CreateAsync(
            request,
            fields,
            () => paths.ReadAsync(query, cancellationToken),
            ["step", "from", "to", "count"],
            result => result.Links.Select(object?[] (link) => [link.Step, link.From, link.To, link.Count]));
    }
}

/// <summary>The parameters of paths.</summary>
internal sealed class PathParameters : ScopeParameters
{
    [FromQuery(Name = "start"), Description("Page or event at which paths start, such as /products/:sku.")]
    public string? Start { get; init; }

    [FromQuery(Name = "end"), Description("Page or event at which paths end. Step 1 is the end, step 2 what was before.")]
    public string? End { get; init; }

    [FromQuery(Name = "nodes"), EnumValue<PathNodes>]
    [Description("pages, or events: pages, and what the visitor did. Default: pages.")]
    public string? Nodes { get; init; }

    [FromQuery(Name = "steps"), IntegerValue(PathQuery.MinSteps, PathQuery.MaxSteps)]
    [Description("Number of steps, from 2 to 8. Default: 5.")]
    public string? Steps { get; init; }

    [FromQuery(Name = "top"), IntegerValue(1, PathQuery.MaxTop)]
    [Description("Number of nodes at each step, from 1 to 12. The rest are 'other'. Default: 5.")]
    public string? Top { get; init; }
}
