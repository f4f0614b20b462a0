using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Insights.Queries;
using Shop.Web.Authentication;

namespace Shop.Insights.Jumps;

/// <summary>Adds jumps.</summary>
internal static class JumpEndpoints
{
    public static void AddJumps(this IHostApplicationBuilder builder) => builder.Services.AddScoped<JumpReader>();

    public static void MapJumps(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/jumps", GetJumps).WithName("getJumps").WithTags("Jumps").RequireAuthorization(AuthorizationPolicies.Staff);

    [EndpointSummary("Counts redirects and refused requests by the routes that they connect")]
    [EndpointDescription("As CSV with Accept: text/csv or format=csv.")]
    private static Task<Results<Ok<JumpResult>, ContentHttpResult, ValidationProblem>> GetJumps(
        [AsParameters] JumpParameters parameters,
        HttpRequest request,
        JumpReader jumps,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var query = JumpQuery.Read(fields);
        return QueryResponse.CreateAsync(
            request,
            fields,
            () => jumps.ReadAsync(query, cancellationToken),
            ["from", "to", "status", "count", "units", "reached", "not_seen", "unknown", "per_minute", "peak_per_minute", "trace_ids"],
            result => result.Pairs.Select(object?[] (pair) =>
            [
                pair.From, pair.To, pair.Status, pair.Count, pair.Units, pair.Reached, pair.NotSeen, pair.Unknown, pair.PerMinute,
                pair.PeakPerMinute, string.Join(' ', pair.TraceIds),
            ]));
    }
}

/// <summary>The parameters of jumps. The values are strings, so that a validation problem names the parameter.</summary>
internal sealed class JumpParameters : ScopeParameters
{
    [FromQuery(Name = "pairs"), EnumValue<JumpPairs>]
    [Description("What a pair begins with: route (the route that answered) or referrer (the page that the visitor came from).")]
    public string? Pairs { get; init; }
}
