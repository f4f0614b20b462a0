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
        builder.Services.AddSingleton<MissingIdCheck>();
        builder.Services.AddHostedService<MissingIdWorker>();
    }

    public static void MapQuality(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/quality", GetQuality).WithName("getQuality").WithTags("Quality")
            .RequireAuthorization(AuthorizationPolicies.Staff);

    [EndpointSummary("Measures which events have their ids, and how current and complete they are")]
    [EndpointDescription("As CSV with Accept: text/csv or format=csv: the events of each service and name.")]
    private static Task<Results<Ok<QualityResult>, ContentHttpResult, ValidationProblem>> GetQuality(
        [AsParameters] QualityParameters parameters,
        HttpRequest request,
        QualityReader quality,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var scope = fields.GetScope();
        return QueryResponse.CreateAsync(
            request,
            fields,
            () => quality.ReadAsync(scope, cancellationToken),
            [
                "service", "name", "count", "per_minute", "newest", "session", "journey", "request", "trace", "experiment", "exposed",
                "below",
            ],
            result => result.Events.Select(object?[] (row) =>
            [
                row.Service, row.Name, row.Count, row.PerMinute, row.Newest, row.Session, row.Journey, row.Request, row.Trace,
                row.Experiment, row.Exposed, string.Join(' ', row.Below),
            ]));
    }
}

/// <summary>The parameters of quality.</summary>
internal sealed class QualityParameters : RangeParameters
{
    [FromQuery(Name = "synthetic"), BooleanValue, Description("true to count synthetic visitors (simulated visitors and crawlers) too.")]
    public string? Synthetic { get; init; }
}
