using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Insights.Queries;
using Shop.Web.Authentication;

namespace Shop.Insights.Map;

/// <summary>Adds the map of services.</summary>
internal static class MapEndpoints
{
    private const string Mermaid = "mermaid";

    public static void AddServiceMap(this IHostApplicationBuilder builder) => builder.Services.AddScoped<MapReader>();

    public static void MapServiceMap(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/map", GetMap).WithName("getMap").WithTags("Map").RequireAuthorization(AuthorizationPolicies.Staff);

    [EndpointSummary("Returns which services call each other, databases, brokers and others")]
    [EndpointDescription(
        "From the spans of the range. As CSV with Accept: text/csv or format=csv, and as a flowchart of Mermaid with format=mermaid.")]
    private static async Task<Results<Ok<ServiceMap>, ContentHttpResult, ValidationProblem>> GetMap(
        [AsParameters] MapParameters parameters,
        HttpRequest request,
        MapReader maps,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var scope = fields.GetScope();
        var response = await QueryResponse.CreateAsync(
            request,
            fields,
            () => maps.ReadAsync(scope.From, scope.To, cancellationToken),
            ["from", "to", "count", "rate_per_minute", "error_share", "p95_milliseconds", "spans", "last_at", "trace_id", "is_fading"],
            map => map.Edges.Select(object?[] (edge) =>
            [
                edge.From, edge.To, edge.Count, edge.RatePerMinute, edge.ErrorShare, edge.P95Milliseconds, edge.Spans, edge.LastAt,
                edge.TraceId, edge.IsFading,
            ]));
        return response.Result is Ok<ServiceMap> { Value: { } map } && request.Query["format"] == Mermaid
            ? TypedResults.Text(MermaidText.Create(map), "text/plain", Encoding.UTF8)
            : response;
    }
}

/// <summary>The parameters of the map.</summary>
internal sealed class MapParameters : RangeParameters
{
    [FromQuery(Name = "format"), Description("csv for CSV, mermaid for a flowchart of Mermaid.")]
    public override string? Format { get; init; }
}
