using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Contracts.Events;
using Shop.Orders.Data;
using Shop.Orders.Payment.Webhook;
using Shop.Telemetry.Events;
using Shop.Telemetry.Hosting;
using Shop.Telemetry.Journeys;

namespace Shop.Orders.Ordering;

/// <summary>
/// Completes overdue orders: those whose process ended after it had saved a status, and those whose customer did not confirm the payment in
/// time. It runs in every replica; a replica claims an order for the length of a lease.
/// </summary>
internal sealed class OverdueOrderWorker(
    IServiceScopeFactory scopes,
    IOptions<OrderingOptions> options,
    IOptions<PaymentWebhookOptions> webhookOptions,
    TimeProvider time,
    JourneyEvents events,
    IHostEnvironment host,
    ILogger<OverdueOrderWorker> log)
    : PeriodicWorker(options.Value.OverdueCheckInterval, time, host)
{
    private const int BatchSize = 20;

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var claimed in await ClaimAsync(cancellationToken))
        {
            await CompleteAsync(claimed, cancellationToken);
        }
    }

    protected override void OnError(Exception exception) => log.OverdueCheckFailed(exception);

    private async Task<List<ClaimedOrder>> ClaimAsync(CancellationToken cancellationToken)
    {
        // The check creates no spans: they would be emitted every few seconds and have no content.
        using var suppression = SuppressInstrumentationScope.Begin();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();
        var now = Time.GetUtcNow();
        await DeleteReceivedWebhooksAsync(db, now - (2 * webhookOptions.Value.TimestampTolerance), cancellationToken);
        return await ClaimAsync(db, now, now + options.Value.LeaseDuration, cancellationToken);
    }

    /// <summary>Deletes webhooks that are too old to be replayed: their timestamps are out of range.</summary>
    internal static Task DeleteReceivedWebhooksAsync(OrdersDbContext db, DateTimeOffset before, CancellationToken cancellationToken) =>
        db.ReceivedWebhooks.Where(webhook => webhook.ReceivedAt < before).ExecuteDeleteAsync(cancellationToken);

    internal static Task<List<ClaimedOrder>> ClaimAsync(
        OrdersDbContext db, DateTimeOffset now, DateTimeOffset leaseEnd, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<ClaimedOrder>(
            $"""
             update orders set due_at = {leaseEnd}
             where order_id in (select order_id from orders where due_at <= {now} order by due_at limit {BatchSize} for update skip locked)
             returning order_id as "OrderId", journey as "Journey"
             """).ToListAsync(cancellationToken);

    private async Task CompleteAsync(ClaimedOrder claimed, CancellationToken cancellationToken)
    {
        var orderId = claimed.OrderId;
        using var activity = ActivitySource.StartLinkedActivity("complete overdue order", claimed.Journey);
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();
        var completion = scope.ServiceProvider.GetRequiredService<OrderCompletion>();

        var order = await db.Orders.SingleAsync(order => order.OrderId == orderId, cancellationToken);
        try
        {
            if (order.Status is OrderStatus.StockReserved)
            {
                order.Reject(StatusReasons.PaymentNotConfirmed, Time.GetUtcNow());
                await db.SaveChangesAsync(cancellationToken);
                events.Emit(new OrderEvents.Rejected(orderId, order.CartId, StatusReasons.PaymentNotConfirmed));
            }

            await completion.CompleteAsync(order, cancellationToken);
            log.OverdueOrderCompleted(orderId, order.Status);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            log.OrderCompletionFailed(orderId, order.Status, exception);
        }
    }

    /// <summary>An order that this replica has claimed, and the journey of its checkout.</summary>
    internal sealed record ClaimedOrder(Guid OrderId, string? Journey);
}
