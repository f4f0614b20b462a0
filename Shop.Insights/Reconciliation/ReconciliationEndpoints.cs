using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Insights.Queries;
using Shop.Web.Authentication;

namespace Shop.Insights.Reconciliation;

/// <summary>Adds the comparison of live counts with stored events.</summary>
internal static class ReconciliationEndpoints
{
    public static void AddReconciliation(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<ReconciliationOptions, ReconciliationOptionsValidator>()
            .BindConfiguration(ReconciliationOptions.Section);
        builder.Services.AddSingleton<DayReconciliation>();
        builder.Services.AddScoped<DayComparisonReader>();
        builder.Services.AddHostedService<ReconciliationWorker>();
    }

    public static void MapReconciliation(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/quality/days", GetDays).WithName("getDayComparisons").WithTags("Quality")
            .RequireAuthorization(AuthorizationPolicies.Staff);

    [EndpointSummary("Compares the live counts of closed days with their stored events")]
    [EndpointDescription("As CSV with Accept: text/csv or format=csv: one row for each day.")]
    private static Task<Results<Ok<IReadOnlyList<DayComparison>>, ContentHttpResult, ValidationProblem>> GetDays(
        [AsParameters] RangeParameters parameters,
        HttpRequest request,
        DayComparisonReader comparisons,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var scope = fields.GetScope();
        return QueryResponse.CreateAsync(
            request,
            fields,
            () => comparisons.ReadAsync(scope, cancellationToken),
            ["day", "checked_at", "live", "recomputed", "difference", "allowed"],
            days => days.Select(object?[] (day) => [day.Day, day.CheckedAt, day.Live, day.Recomputed, day.Difference, day.Allowed]));
    }
}
