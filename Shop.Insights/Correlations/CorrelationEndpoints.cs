using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Shop.Insights.Causes;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;
using Shop.Web.Authentication;

namespace Shop.Insights.Correlations;

/// <summary>Adds what goes together with being lost.</summary>
internal static class CorrelationEndpoints
{
    public static void AddCorrelations(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<CorrelationOptions, CorrelationOptionsValidator>()
            .BindConfiguration(CorrelationOptions.Section);
        builder.Services.AddScoped<CorrelationReader>();
    }

    public static void MapCorrelations(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/correlations", GetCorrelations)
            .WithName("getCorrelations")
            .WithTags("Causes")
            .RequireAuthorization(AuthorizationPolicies.Staff);

    [EndpointSummary("Compares what lost sessions had before with what those had that continued")]
    [EndpointDescription(
        "For each event and value up to the step before: the odds ratio of being lost, and the probability of such a difference by chance, "
        + "corrected for the number of comparisons. A correlation is no cause. As CSV with Accept: text/csv or format=csv.")]
    private static Task<Results<Ok<CorrelationResult>, ContentHttpResult, ValidationProblem>> GetCorrelations(
        [AsParameters] CauseParameters parameters,
        HttpRequest request,
        CorrelationReader correlations,
        IOptions<FunnelOptions> options,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var query = CauseQuery.Read(fields, options.Value);
        return QueryResponse.CreateAsync(
            request,
            fields,
            () => correlations.ReadAsync(query, cancellationToken),
            [
                "event", "property", "value", "lost_with", "reached_with", "lost_without", "reached_without", "odds_ratio", "low", "high",
                "p_value",
            ],
            result => result.Items.Select(object?[] (item) =>
            [
                item.Event, item.Property, item.Value, item.LostWith, item.ReachedWith, item.LostWithout, item.ReachedWithout,
                item.OddsRatio, item.Low, item.High, item.PValue,
            ]));
    }
}
