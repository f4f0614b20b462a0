using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;
using Shop.Web.Authentication;

namespace Shop.Insights.Causes;

/// <summary>Adds the causes of lost sessions.</summary>
internal static class CauseEndpoints
{
    public static void AddCauses(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<CauseOptions, CauseOptionsValidator>().BindConfiguration(CauseOptions.Section);
        builder.Services.AddScoped<CauseReader>();
    }

    public static void MapCauses(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/causes", GetCauses)
            .WithName("getCauses")
            .WithTags("Causes")
            .RequireAuthorization(AuthorizationPolicies.Staff);

    [EndpointSummary("Counts why sessions were lost before a step")]
    [EndpointDescription(
        "Each session that reached the step before and not this one has one cause: the first rule that applies to its spans and events. As "
        + "CSV with Accept: text/csv or format=csv: the causes, and one line for each example.")]
    private static Task<Results<Ok<CauseResult>, ContentHttpResult, ValidationProblem>> GetCauses(
        [AsParameters] CauseParameters parameters,
        HttpRequest request,
        CauseReader causes,
        IOptions<FunnelOptions> options,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var query = CauseQuery.Read(fields, options.Value);
        return QueryResponse.CreateAsync(
            request,
            fields,
            () => causes.ReadAsync(query, cancellationToken),
            ["cause", "count", "share", "low", "high", "example_session_id", "example_last_step_at", "example_trace_id"],
            result => result.Causes.SelectMany(cause => cause.Examples.Select(object?[] (example) =>
            [
                cause.Name, cause.Count, cause.Share, cause.Low, cause.High, example.SessionId, example.LastStepAt, example.TraceId,
            ])));
    }
}

/// <summary>The parameters of causes. The values are strings, so that a validation problem names the parameter.</summary>
internal sealed class CauseParameters : FunnelParameters
{
    [FromQuery(Name = "step"), IntegerValue(FunnelStep.MinSteps, FunnelStep.MaxSteps)]
    [Description("Number of the step that was not reached, from 2 on. Default: the last one.")]
    public string? Step { get; init; }
}
