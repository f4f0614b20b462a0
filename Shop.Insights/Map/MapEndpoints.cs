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
        if (fields.Errors.Count > 0)
        {
            return TypedResults.ValidationProblem(fields.Errors);
        }

        var map = await maps.ReadAsync(scope.From, scope.To, cancellationToken);
        if (request.Query["format"] == Mermaid)
        {
            return TypedResults.Text(MermaidText.Create(map), "text/plain", Encoding.UTF8);
        }

        return CsvText.IsWanted(request)
            ? CsvText.Create(
                ["from", "to", "count", "rate_per_minute", "error_share", "p95_milliseconds", "spans", "last_at", "trace_id", "is_fading"],
                map.Edges.Select(object?[] (edge) =>
                [
                    edge.From, edge.To, edge.Count, edge.RatePerMinute, edge.ErrorShare, edge.P95Milliseconds, edge.Spans, edge.LastAt,
                    edge.TraceId, edge.IsFading,
                ]))
            : TypedResults.Ok(map);
    }
}

/// <summary>The parameters of the map. Their values are texts, so that a problem names the field that is wrong.</summary>
internal sealed class MapParameters
{
    [FromQuery(Name = "from"), Description("First time, such as 2026-11-26T18:00:00Z. Default: 'last' before 'to'.")]
    public string? From { get; init; }

    [FromQuery(Name = "to"), Description("End of the range, exclusive. Default: now.")]
    public string? To { get; init; }

    [FromQuery(Name = "last")]
    [Description("Length of the range if 'from' is missing, such as 1h, 24h or 7d, up to 3660d. Default: 24h.")]
    public string? Last { get; init; }

    [FromQuery(Name = "format"), Description("csv for CSV, mermaid for a flowchart of Mermaid.")]
    public string? Format { get; init; }
}
