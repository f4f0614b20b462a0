using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Insights.Queries;
using Shop.Web.Authentication;
using Shop.Web.Problems;

namespace Shop.Insights.Sessions;

/// <summary>Adds single sessions.</summary>
internal static class SessionEndpoints
{
    /// <summary>The problem of a session without events.</summary>
    public const string Unknown = "No event of this session is stored.";

    public static void AddSessions(this IHostApplicationBuilder builder) => builder.Services.AddScoped<SessionReader>();

    public static void MapSessions(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/sessions/{sessionId}", GetSession).WithName("getSession").WithTags("Sessions")
            .RequireAuthorization(AuthorizationPolicies.Staff)
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status404NotFound);

    [EndpointSummary("Gets the events of a session")]
    [EndpointDescription("As CSV with Accept: text/csv or format=csv: one row for each event.")]
    private static async Task<Results<Ok<SessionView>, ContentHttpResult, ProblemHttpResult>> GetSession(
        [AsParameters] SessionParameters parameters,
        HttpRequest request,
        SessionReader sessions,
        CancellationToken cancellationToken)
    {
        if (await sessions.ReadAsync(parameters.SessionId, cancellationToken) is not { } session)
        {
            return ProblemResults.Create(StatusCodes.Status404NotFound, "unknown_session", Unknown);
        }

        return CsvText.IsWanted(request)
            ? CsvText.Create(
                ["time", "event_id", "name", "service", "journey_id", "trace_id", "page_path", "sku", "order_id"],
                session.Events.Select(object?[] (e) =>
                    [e.Time, e.EventId, e.Name, e.Service, e.JourneyId, e.TraceId, e.PagePath, e.Sku, e.OrderId]))
            : TypedResults.Ok(session);
    }
}

/// <summary>The parameters of a session.</summary>
internal sealed class SessionParameters
{
    /// <summary>The name of <see cref="SessionId"/>.</summary>
    public const string SessionIdName = "sessionId";

    [FromRoute(Name = SessionIdName), Required, Description("Id of the session, as events and lists of sessions have it.")]
    public required string SessionId { get; init; }

    [FromQuery(Name = "format"), Description("csv for CSV.")]
    public string? Format { get; init; }

    /// <summary>Reads the id from fields. Do not use the result if the fields have errors.</summary>
    public static string Read(QueryFields fields)
    {
        if (fields.GetText(SessionIdName) is { } sessionId)
        {
            return sessionId;
        }

        fields.AddError(SessionIdName, "The value is required.");
        return "";
    }
}
