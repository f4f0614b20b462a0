using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Insights.Alerts.Notifications;
using Shop.Insights.Queries;
using Shop.Web.Authentication;

namespace Shop.Insights.Alerts;

/// <summary>Adds alerts.</summary>
internal static class AlertEndpoints
{
    // Less than the time after which another replica sends it.
    private static readonly TimeSpan _requestTimeout = TimeSpan.FromSeconds(10);

    public static void AddAlerts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<AlertOptions, AlertOptionsValidator>().BindConfiguration(AlertOptions.Section);
        builder.Services.AddSingleton<AlertEvaluator>();
        builder.Services.AddScoped<AlertReader>();
        builder.Services.AddSingleton<NotificationStore>();
        builder.Services.AddSingleton<NotificationSender>();
        builder.Services.AddHttpClient(NotificationSender.ClientName, client => client.Timeout = _requestTimeout);
        builder.Services.AddHostedService<AlertWorker>();
        builder.Services.AddHostedService<NotificationWorker>();
    }

    public static void MapAlerts(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/alerts", GetAlerts).WithName("getAlerts").WithTags("Alerts")
            .RequireAuthorization(AuthorizationPolicies.Staff);

    [EndpointSummary("Lists the alerts that are active, and those that ended in a range")]
    [EndpointDescription("As CSV with Accept: text/csv or format=csv.")]
    private static async Task<Results<Ok<AlertResult>, ContentHttpResult, ValidationProblem>> GetAlerts(
        [AsParameters] AlertParameters parameters,
        HttpRequest request,
        AlertReader alerts,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var fields = new QueryFields(request.Query, time);
        var scope = fields.GetScope();
        if (fields.Errors.Count > 0)
        {
            return TypedResults.ValidationProblem(fields.Errors);
        }

        var result = await alerts.ReadAsync(scope, cancellationToken);
        return CsvText.IsWanted(request)
            ? CsvText.Create(
                ["id", "rule", "subject", "state", "severity", "peak", "threshold", "pending_at", "fired_at", "resolved_at", "trace_ids"],
                result.Items.Select(object?[] (alert) =>
                [
                    alert.Id, alert.Rule, alert.Subject, alert.State, alert.Severity, alert.Peak, alert.Threshold, alert.PendingAt,
                    alert.FiredAt, alert.ResolvedAt, string.Join(' ', alert.TraceIds),
                ]))
            : TypedResults.Ok(result);
    }
}

/// <summary>The parameters of alerts. Their values are texts, so that a problem names the field that is wrong.</summary>
internal sealed class AlertParameters
{
    [FromQuery(Name = "from"), Description("First time, such as 2026-11-26T18:00:00Z. Default: 'last' before 'to'.")]
    public string? From { get; init; }

    [FromQuery(Name = "to"), Description("Time behind the last one. Default: now.")]
    public string? To { get; init; }

    [FromQuery(Name = "last")]
    [Description("Length of the range if 'from' is missing, such as 1h, 24h or 7d, up to 3660d. Default: 24h.")]
    public string? Last { get; init; }

    [FromQuery(Name = "format"), Description("csv for CSV.")]
    public string? Format { get; init; }
}
