using Microsoft.AspNetCore.Http.Timeouts;

namespace Shop.Insights.Queries;

/// <summary>
/// The time that a query may take: longer than other requests (<c>Shop:RequestLimits:Timeout</c>), because one about a long range reads
/// many events.
/// </summary>
internal static class QueryTimeout
{
    /// <summary>The time that a query may take.</summary>
    public static readonly TimeSpan Value = TimeSpan.FromSeconds(30);

    /// <summary>Gives requests to endpoints the time that a query may take.</summary>
    public static RouteGroupBuilder WithQueryTimeout(this RouteGroupBuilder endpoints)
    {
        endpoints.WithRequestTimeout(new RequestTimeoutPolicy
        {
            Timeout = Value,
            TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
        });
        return endpoints;
    }
}
