using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Shop.Insights.Funnels.Blocks;
using Shop.Insights.Queries;
using Shop.Web.Authentication;

namespace Shop.Insights.Funnels;

/// <summary>Adds funnels.</summary>
internal static class FunnelEndpoints
{
    public static void AddFunnels(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<FunnelOptions, FunnelOptionsValidator>().BindConfiguration(FunnelOptions.Section);
        builder.Services.AddScoped<FunnelReader>();
        builder.Services.AddScoped<SessionBlockReader>();
        builder.Services.AddSingleton<SessionBlockStore>();
        builder.Services.AddSingleton<SessionBlockCache>();
        builder.Services.AddHostedService<SessionBlockWorker>();
    }

    public static void MapFunnels(this IEndpointRouteBuilder routes)
    {
        var funnels = routes.MapGroup("/api/v1").WithTags("Funnels").RequireAuthorization(AuthorizationPolicies.Staff);
        funnels.MapGet("/funnel", GetFunnel).WithName("getFunnel");
        funnels.MapGet("/funnel/sessions", ListUnits).WithName("listFunnelSessions");
    }

    [EndpointSummary("Counts the sessions that reach each step")]
    [EndpointDescription("As CSV with Accept: text/csv or format=csv. The steps of the groups follow those of all sessions.")]
    private static Task<Results<Ok<FunnelResult>, ContentHttpResult, ValidationProblem>> GetFunnel(
        [AsParameters] FunnelParameters parameters,
        HttpRequest request,
        FunnelReader funnels,
        IOptions<FunnelOptions> options,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var query = FunnelFields.Read(fields, options.Value);
        return QueryResponse.CreateAsync(
            request,
            fields,
            () => funnels.ReadAsync(query, cancellationToken),
            ["group", "number", "label", "definition", "count", "overall", "conversion", "lost", "median_seconds", "p90_seconds"],
            result => result.Groups.Prepend(new FunnelGroup("all", result.Steps)).SelectMany(group => group.Steps.Select(
                object?[] (step) =>
                [
                    group.Value, step.Number, step.Label, step.Definition, step.Count, step.Overall, step.Conversion, step.Lost,
                    step.MedianSeconds, step.P90Seconds,
                ])));
    }

    [EndpointSummary("Lists the latest sessions that reach a step, or that are lost before it")]
    private static Task<Results<Ok<FunnelUnits>, ContentHttpResult, ValidationProblem>> ListUnits(
        [AsParameters] FunnelUnitParameters parameters,
        HttpRequest request,
        FunnelReader funnels,
        IOptions<FunnelOptions> options,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var query = FunnelUnitQuery.Read(fields, options.Value);
        return QueryResponse.CreateAsync(
            request,
            fields,
            () => funnels.ListAsync(query, cancellationToken),
            ["id", "session_id", "entered_at", "last_step", "last_step_at", "trace_id"],
            units => units.Items.Select(object?[] (unit) =>
                [unit.Id, unit.SessionId, unit.EnteredAt, unit.LastStep, unit.LastStepAt, unit.TraceId]));
    }
}

/// <summary>The parameters of a funnel.</summary>
internal class FunnelParameters : ScopeParameters
{
    [FromQuery(Name = "steps")]
    [Description("2 to 8 steps separated by semicolons, such as 'page.viewed; Checkout: page.viewed shop.page.path=/checkout'.")]
    public string? Steps { get; init; }

    [FromQuery(Name = "window"), Description("Time from the first to the last step at most, such as 30m, 24h or 7d, up to 30d.")]
    public string? Window { get; init; }

    [FromQuery(Name = "order"), EnumValue<StepOrder>]
    [Description("ordered, strict (no event of another step in between) or any (the first step first, the others in any order).")]
    public string? Order { get; init; }

    [FromQuery(Name = "by"), EnumValue<EventDimension>, Description("Divides the result by segment, variant, source or device.")]
    public string? By { get; init; }
}

/// <summary>The parameters of the sessions of a funnel.</summary>
internal sealed class FunnelUnitParameters : FunnelParameters
{
    [FromQuery(Name = "step"), IntegerValue(1, FunnelStep.MaxSteps)]
    [Description("Number of the step, from 1 on. Default: 1, or 2 with 'lost'.")]
    public string? Step { get; init; }

    [FromQuery(Name = "lost"), BooleanValue, Description("true for those that reached the step before, and not this one.")]
    public string? Lost { get; init; }

    [FromQuery(Name = "limit"), IntegerValue(1, FunnelUnitQuery.MaxUnits)]
    [Description("Maximum number of sessions, from 1 to 500. Default: 100.")]
    public string? Limit { get; init; }
}
