using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Insights.Queries;
using Shop.Web.Authentication;

namespace Shop.Insights.Quality;

/// <summary>Adds the quality of events.</summary>
internal static class QualityEndpoints
{
    public static void AddQuality(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<QualityOptions, QualityOptionsValidator>().BindConfiguration(QualityOptions.Section);
        builder.Services.AddScoped<QualityReader>();
    }

    public static void MapQuality(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/quality", GetQuality).WithName("getQuality").WithTags("Quality")
            .RequireAuthorization(AuthorizationPolicies.Staff);

    [EndpointSummary("Measures which events have their ids, and how current and complete they are")]
    [EndpointDescription("As CSV with Accept: text/csv or format=csv: the events of each service and name.")]
    private static async Task<Results<Ok<QualityResult>, ContentHttpResult, ValidationProblem>> GetQuality(
        [AsParameters] QualityParameters parameters,
        HttpRequest request,
        QualityReader quality,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var scope = fields.GetScope();
        if (fields.Errors.Count > 0)
        {
            return TypedResults.ValidationProblem(fields.Errors);
        }

        var result = await quality.ReadAsync(scope, cancellationToken);
        return CsvText.IsWanted(request)
            ? CsvText.Create(
                ["service", "name", "count", "per_minute", "newest", "session", "journey", "request", "trace", "experiment", "below"],
                result.Events.Select(object?[] (row) =>
                [
                    row.Service, row.Name, row.Count, row.PerMinute, row.Newest, row.Session, row.Journey, row.Request, row.Trace,
                    row.Experiment, string.Join(' ', row.Below),
                ]))
            : TypedResults.Ok(result);
    }
}

/// <summary>The parameters of quality. Their values are texts, so that a problem names the field that is wrong.</summary>
internal sealed class QualityParameters
{
    [FromQuery(Name = "from"), Description("First time, such as 2026-11-26T18:00:00Z. Default: 'last' before 'to'.")]
    public string? From { get; init; }

    [FromQuery(Name = "to"), Description("Time behind the last one. Default: now.")]
    public string? To { get; init; }

    [FromQuery(Name = "last")]
    [Description("Length of the range if 'from' is missing, such as 1h, 24h or 7d, up to 3660d. Default: 24h.")]
    public string? Last { get; init; }

    [FromQuery(Name = "synthetic"), Flag, Description("true to count programs, such as a load test, too.")]
    public string? Synthetic { get; init; }

    [FromQuery(Name = "format"), Description("csv for CSV.")]
    public string? Format { get; init; }
}
