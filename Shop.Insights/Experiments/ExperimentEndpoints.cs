using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;
using Shop.Web.Authentication;

namespace Shop.Insights.Experiments;

/// <summary>Adds experiments.</summary>
internal static class ExperimentEndpoints
{
    public static void AddExperiments(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<ExperimentOptions, ExperimentOptionsValidator>()
            .BindConfiguration(ExperimentOptions.Section);
        builder.Services.AddScoped<ExperimentReader>();
    }

    public static void MapExperiments(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/experiments", GetExperiments).WithName("getExperiments").WithTags("Experiments")
            .RequireAuthorization(AuthorizationPolicies.Staff);

    [EndpointSummary("Compares the variants of each experiment")]
    [EndpointDescription("As CSV with Accept: text/csv or format=csv.")]
    private static Task<Results<Ok<ExperimentResult>, ContentHttpResult, ValidationProblem>> GetExperiments(
        [AsParameters] ExperimentParameters parameters,
        HttpRequest request,
        ExperimentReader experiments,
        IOptions<FunnelOptions> options,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var query = ExperimentQuery.Read(fields, options.Value);
        return QueryResponse.CreateAsync(
            request,
            fields,
            () => experiments.ReadAsync(query, cancellationToken),
            [
                "experiment", "variant", "expected_share", "units", "assigned_units", "share", "conversions", "rate", "low", "high",
                "difference", "z", "p_value", "exact_share", "on_path_share", "mean_distance",
            ],
            result => result.Experiments.SelectMany(experiment => experiment.Variants.Select(object?[] (variant) =>
            [
                experiment.Name, variant.Name, variant.ExpectedShare, variant.Units, variant.AssignedUnits, variant.Share,
                variant.Conversions, variant.Rate, variant.Low, variant.High, variant.Difference, variant.Test?.Z,
                variant.Test?.PValue, variant.Paths?.ExactShare, variant.Paths?.OnPathShare, variant.Paths?.MeanDistance,
            ])));
    }
}

/// <summary>The parameters of experiments.</summary>
internal sealed class ExperimentParameters : ScopeParameters
{
    [FromQuery(Name = "steps")]
    [Description("Steps of a funnel, whose last one is the conversion, such as 'page.viewed; payment.accepted'. 2 to 8.")]
    public string? Steps { get; init; }

    [FromQuery(Name = "window")]
    [Description("Time from the first exposure to the conversion at most, such as 30m, 24h or 7d, up to 30d.")]
    public string? Window { get; init; }
}
