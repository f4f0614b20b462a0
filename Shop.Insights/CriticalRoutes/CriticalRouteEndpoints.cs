using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Shop.Insights.Queries;
using Shop.Telemetry.Http;
using Shop.Telemetry.Sampling.CriticalRoutes.Accepted;
using Shop.Web.Authentication;
using Shop.Web.Problems;

namespace Shop.Insights.CriticalRoutes;

/// <summary>Adds the candidates for critical routes, and those that staff have accepted.</summary>
internal static class CriticalRouteEndpoints
{
    /// <summary>The path of the page.</summary>
    public const string Path = "/critical-routes";

    private const string SubjectClaim = "sub";

    public static void AddCriticalRouteCandidates(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<CriticalRouteCandidateOptions, CriticalRouteCandidateOptionsValidator>()
            .BindConfiguration(CriticalRouteCandidateOptions.Section);
        builder.Services.AddScoped<CandidateReader>();
        builder.Services.AddScoped<AcceptedRouteStore>();
    }

    public static void MapCriticalRouteCandidates(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/critical-route-candidates", GetCandidates).WithName("getCriticalRouteCandidates").WithTags("Critical routes")
            .RequireAuthorization(AuthorizationPolicies.Staff);
        // For the forms of the page.
        routes.MapPost($"{Path}/accept", AcceptAsync).RequireAuthorization(AuthorizationPolicies.Staff).ExcludeFromDescription();
        routes.MapPost($"{Path}/withdraw", WithdrawAsync).RequireAuthorization(AuthorizationPolicies.Staff).ExcludeFromDescription();
        routes.MapGet(TelemetryPaths.AcceptedRoutes, GetAcceptedRoutes).RequireAuthorization(AuthorizationPolicies.Service)
            .ExcludeFromDescription();
    }

    [EndpointSummary("Computes how pages and events are associated with a conversion")]
    [EndpointDescription(
        "Those that no rule of a critical route marks, and that are significantly more frequent before a conversion, are candidates. "
        + "As CSV with Accept: text/csv or format=csv.")]
    private static Task<Results<Ok<CandidateResult>, ContentHttpResult, ValidationProblem>> GetCandidates(
        [AsParameters] CandidateParameters parameters,
        HttpRequest request,
        CandidateReader candidates,
        IOptions<CriticalRouteCandidateOptions> options,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var query = CandidateQuery.Read(fields, options.Value);
        return QueryResponse.CreateAsync(
            request,
            fields,
            () => candidates.ReadAsync(query, cancellationToken),
            [
                "kind", "name", "critical_route", "units", "converted", "support", "confidence", "lift", "low", "high", "p_value",
                "is_candidate", "example_session_id", "example_trace_id",
            ],
            result => result.Items.Select(object?[] (item) =>
            [
                item.Kind, item.Name, item.CriticalRoute, item.Units, item.Converted, item.Support, item.Confidence, item.Lift,
                item.Low, item.High, item.PValue, item.IsCandidate, item.ExampleSessionId, item.ExampleTraceId,
            ]));
    }

    private static async Task<Results<RedirectHttpResult, BadRequest, ValidationProblem, ProblemHttpResult>> AcceptAsync(
        HttpContext context, IAntiforgery antiforgery, AcceptedRouteStore routes, CancellationToken cancellationToken)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return TypedResults.BadRequest();
        }

        var form = await context.Request.ReadFormAsync(cancellationToken);
        var (page, @event) = (GetText(form, "page"), GetText(form, "event"));
        if (page is null ? !AcceptedRoute.IsEvent(@event) : !AcceptedRoute.IsPage(page) || @event is not null)
        {
            return ProblemResults.InvalidField(
                page is null ? "event" : "page", "The value must be the route of a page, or the name of an event.");
        }

        return await routes.AcceptAsync(page, @event, GetSubject(context), cancellationToken)
            ? RedirectToPage(context)
            : ProblemResults.Create(
                StatusCodes.Status409Conflict,
                "too_many_critical_routes",
                string.Create(
                    CultureInfo.InvariantCulture, $"There are {AcceptedRoutes.MaxCount} accepted critical routes. Withdraw one first."));
    }

    private static async Task<Results<RedirectHttpResult, BadRequest, ValidationProblem>> WithdrawAsync(
        HttpContext context, IAntiforgery antiforgery, AcceptedRouteStore routes, CancellationToken cancellationToken)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return TypedResults.BadRequest();
        }

        var form = await context.Request.ReadFormAsync(cancellationToken);
        if (!Guid.TryParse(form["id"], out var id))
        {
            return ProblemResults.InvalidField("id", "The value must be the id of an accepted route.");
        }

        await routes.WithdrawAsync(id, GetSubject(context), cancellationToken);
        return RedirectToPage(context);
    }

    private static async Task<Results<Ok<AcceptedRoutes>, StatusCodeHttpResult>> GetAcceptedRoutes(
        HttpContext context, AcceptedRouteStore routes, CancellationToken cancellationToken)
    {
        var accepted = await routes.GetAsync(cancellationToken);
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{accepted.Version}\""));
        headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
        return context.Request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Compare(headers.ETag, useStrongComparison: false))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(accepted);
    }

    private static string? GetText(IFormCollection form, string name) =>
        form[name].ToString() is { Length: > 0 } text ? text : null;

    // The policy requires the claim.
    private static string GetSubject(HttpContext context) => context.User.FindFirst(SubjectClaim)!.Value;

    // With the fields of the page, so that it shows the same figures.
    private static RedirectHttpResult RedirectToPage(HttpContext context) =>
        TypedResults.LocalRedirect($"{Path}{context.Request.QueryString}");
}

/// <summary>The parameters of candidates. The values are strings, so that a validation problem names the parameter.</summary>
internal sealed class CandidateParameters : ScopeParameters
{
    [FromQuery(Name = "conversion"), Description("Event that is the conversion, such as payment.accepted or 'event property=value'.")]
    public string? Conversion { get; init; }
}
