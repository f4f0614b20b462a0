using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Contracts.Events;
using Shop.Orders.Payment.CallBack;
using Shop.Orders.Storage;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Orders.Ordering;

/// <summary>
/// Looks again at orders that are due: whose process ended between storing a status and doing what follows from it, or whose buyer did
/// not confirm the payment in time. Every replica looks; whoever claims an order has it alone for a while.
/// </summary>
internal sealed class RevisitingOrders(
    IServiceScopeFactory scopes,
    IOptions<OrderingOptions> options,
    IOptions<CallBackOptions> callBacks,
    TimeProvider time,
    JourneyEvents events,
    IHostEnvironment host,
    ILogger<RevisitingOrders> log) : BackgroundService
{
    private const int Batch = 20;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var source = new ActivitySource(host.ApplicationName);
        using var timer = new PeriodicTimer(options.Value.RevisitEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (var claimed in await ClaimAsync(stoppingToken))
                    await RevisitAsync(source, claimed, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                log.RevisitFailed(exception);
            }
        }
    }

    private async Task<List<ClaimedOrder>> ClaimAsync(CancellationToken cancellationToken)
    {
        // Looking makes no spans: there would be one every few seconds that nobody wants to see.
        using var silence = SuppressInstrumentationScope.Begin();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDb>();
        var now = time.GetUtcNow();
        await ForgetAsync(db, now - 2 * callBacks.Value.Window, cancellationToken);
        return await ClaimAsync(db, now, now + options.Value.Grace, cancellationToken);
    }

    /// <summary>Signatures older than the window are refused for their age, so they need not be remembered.</summary>
    internal static Task ForgetAsync(OrdersDb db, DateTimeOffset before, CancellationToken cancellationToken) =>
        db.ReceivedCallBacks.Where(callBack => callBack.At < before).ExecuteDeleteAsync(cancellationToken);

    internal static Task<List<ClaimedOrder>> ClaimAsync(OrdersDb db, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<ClaimedOrder>(
            $"""
             update orders set due_at = {until}
             where order_id in (select order_id from orders where due_at <= {now} order by due_at limit {Batch} for update skip locked)
             returning order_id as "OrderId", journey as "Journey"
             """).ToListAsync(cancellationToken);

    private async Task RevisitAsync(ActivitySource source, ClaimedOrder claimed, CancellationToken cancellationToken)
    {
        var orderId = claimed.OrderId;
        using var activity = source.StartLinkedActivity("revisit order", claimed.Journey);
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDb>();
        var finishing = scope.ServiceProvider.GetRequiredService<FinishingOrder>();

        var order = await db.Orders.SingleAsync(order => order.OrderId == orderId, cancellationToken);
        try
        {
            if (order.Status is OrderStatus.StockReserved)
            {
                order.Reject(RejectionReasons.PaymentNotConfirmed, time.GetUtcNow());
                await db.SaveChangesAsync(cancellationToken);
                events.Emit(new OrderEvents.Rejected(orderId, order.CartId, RejectionReasons.PaymentNotConfirmed));
            }

            await finishing.FinishAsync(order, cancellationToken);
            log.OrderRevisited(orderId, order.Status);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            log.OrderUnfinished(orderId, order.Status, exception);
        }
    }
}

internal sealed record ClaimedOrder(Guid OrderId, string? Journey);
