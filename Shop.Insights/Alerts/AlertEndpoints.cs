using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Insights.Alerts.Notifications;
using Shop.Insights.Queries;
using Shop.Web.Authentication;

namespace Shop.Insights.Alerts;

/// <summary>Adds alerts.</summary>
internal static class AlertEndpoints
{
    public static void AddAlerts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<AlertOptions, AlertOptionsValidator>().BindConfiguration(AlertOptions.Section);
        builder.Services.AddSingleton<AlertEvaluator>();
        builder.Services.AddScoped<AlertReader>();
        builder.Services.AddSingleton<NotificationStore>();
        builder.Services.AddSingleton<NotificationSender>();
        builder.Services.AddSingleton<AlertmanagerSender>();
        builder.Services.AddNotificationClient();
        builder.Services.AddHostedService<AlertWorker>();
        builder.Services.AddHostedService<NotificationWorker>();
    }

    public static void MapAlerts(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/alerts", GetAlerts).WithName("getAlerts").WithTags("Alerts")
            .RequireAuthorization(AuthorizationPolicies.Staff);

    [EndpointSummary("Lists the alerts that are active, and those that ended in a range")]
    [EndpointDescription("As CSV with Accept: text/csv or format=csv.")]
    private static Task<Results<Ok<AlertResult>, ContentHttpResult, ValidationProblem>> GetAlerts(
        [AsParameters] RangeParameters parameters,
        HttpRequest request,
        AlertReader alerts,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var scope = fields.GetScope();
        return QueryResponse.CreateAsync(
            request,
            fields,
            () => alerts.ReadAsync(scope, cancellationToken),
            ["id", "rule", "subject", "state", "severity", "peak", "threshold", "pending_at", "fired_at", "resolved_at", "trace_ids"],
            result => result.Items.Select(object?[] (alert) =>
            [
                alert.Id, alert.Rule, alert.Subject, alert.State, alert.Severity, alert.Peak, alert.Threshold, alert.PendingAt,
                alert.FiredAt, alert.ResolvedAt, string.Join(' ', alert.TraceIds),
            ]));
    }
}
