using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Insights.Queries;
using Shop.Web.Authentication;
using Shop.Web.Problems;

namespace Shop.Insights.Sessions;

/// <summary>Adds single sessions.</summary>
internal static class SessionEndpoints
{
    public static void AddSessions(this IHostApplicationBuilder builder) => builder.Services.AddScoped<SessionReader>();

    public static void MapSessions(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/sessions/{sessionId}", GetSession).WithName("getSession").WithTags("Sessions")
            .RequireAuthorization(AuthorizationPolicies.Staff)
            .ProducesProblem(StatusCodes.Status404NotFound);

    [EndpointSummary("Gets the events of a session")]
    private static async Task<Results<Ok<SessionView>, ContentHttpResult, ProblemHttpResult>> GetSession(
        string sessionId, HttpRequest request, SessionReader sessions, CancellationToken cancellationToken)
    {
        if (await sessions.ReadAsync(sessionId, cancellationToken) is not { } session)
        {
            return ProblemResults.Create(
                StatusCodes.Status404NotFound, "unknown_session", "No event of this session is stored.");
        }

        return CsvText.IsWanted(request)
            ? CsvText.Create(
                ["time", "event_id", "name", "service", "journey_id", "trace_id", "page_path", "sku", "order_id"],
                session.Events.Select(object?[] (e) =>
                    [e.Time, e.EventId, e.Name, e.Service, e.JourneyId, e.TraceId, e.PagePath, e.Sku, e.OrderId]))
            : TypedResults.Ok(session);
    }
}
