using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry;
using Shop.Orders.Data;

namespace Shop.Orders.Ordering;

/// <summary>
/// Degraded while an order cannot be completed: the service works, so it stays in rotation, but staff must find the reason or refund the
/// order.
/// </summary>
internal sealed class OverdueOrderHealthCheck(OrdersDbContext db) : IHealthCheck
{
    public const string Name = "overdue_orders";

    // More than a minute after the first attempt: a dependency that was unavailable for a moment is not reported.
    private const int MinAttempts = 3;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // Untraced, as the checks of the database and the broker are.
        using var untraced = SuppressInstrumentationScope.Begin();
        var count = await CountAsync(db, cancellationToken);
        return count == 0
            ? HealthCheckResult.Healthy("All overdue orders were completed.")
            : HealthCheckResult.Degraded(
                $"{count} orders could not be completed in {MinAttempts} or more attempts. See the log records overdue_order.failed.");
    }

    internal static Task<int> CountAsync(OrdersDbContext db, CancellationToken cancellationToken) =>
        db.Orders.CountAsync(order => order.DueAt != null && order.Attempts >= MinAttempts, cancellationToken);
}
