using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Orders.Data;
using Shop.Orders.Payment.Webhook;
using Shop.Telemetry.Hosting;
using Shop.Telemetry.Journeys;

namespace Shop.Orders.Ordering;

/// <summary>
/// Completes overdue orders: those whose process ended after it had saved a status, those whose message was not processed, and those whose
/// customer did not confirm the payment in time. It runs in every replica; a replica claims one order at a time, for the length of a lease.
/// An order that cannot be completed is postponed, with growing delays, and stops no other.
/// </summary>
internal sealed class OverdueOrderWorker(
    IServiceScopeFactory scopes,
    IOptions<OrderingOptions> options,
    IOptions<PaymentWebhookOptions> webhookOptions,
    OrderMetrics metrics,
    TimeProvider time,
    IHostEnvironment host,
    ILogger<OverdueOrderWorker> log)
    : DueWorker(options.Value.MaxCheckInterval, time, host)
{
    private static readonly TimeSpan _initialDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _maxDelay = TimeSpan.FromMinutes(10);

    // Old webhooks only take space.
    private static readonly TimeSpan _deletionInterval = TimeSpan.FromMinutes(1);

    private DateTimeOffset _nextDeletion;

    protected override async Task<DateTimeOffset?> RunAsync(CancellationToken cancellationToken)
    {
        while (await ClaimAsync(cancellationToken) is { } claimed)
        {
            await CompleteAsync(claimed, cancellationToken);
        }

        if (Time.GetUtcNow() is var now && now >= _nextDeletion)
        {
            await DeleteReceivedWebhooksAsync(cancellationToken);
            _nextDeletion = now + _deletionInterval;
        }

        return await FindNextAsync(cancellationToken);
    }

    protected override void OnError(Exception exception) => log.OverdueCheckFailed(exception);

    /// <summary>Deletes webhooks that are too old to be replayed: their timestamps are out of range.</summary>
    internal static Task DeleteReceivedWebhooksAsync(OrdersDbContext db, DateTimeOffset before, CancellationToken cancellationToken) =>
        db.ReceivedWebhooks.Where(webhook => webhook.ReceivedAt < before).ExecuteDeleteAsync(cancellationToken);

    /// <summary>Claims the order that is overdue for the longest time, if any.</summary>
    internal static async Task<ClaimedOrder?> ClaimAsync(
        OrdersDbContext db, DateTimeOffset now, DateTimeOffset leaseEnd, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<ClaimedOrder>(
            $"""
             update orders set due_at = {leaseEnd}, attempts = attempts + 1
             where order_id = (select order_id from orders where due_at <= {now} order by due_at limit 1 for update skip locked)
             returning order_id as "OrderId", journey as "Journey", due_at as "LeaseEnd", attempts as "Attempts"
             """).ToListAsync(cancellationToken)).SingleOrDefault();

    /// <summary>Postpones the next attempt, unless the order was changed since it was claimed.</summary>
    internal static Task PostponeAsync(
        OrdersDbContext db, ClaimedOrder claimed, DateTimeOffset dueAt, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"update orders set due_at = {dueAt} where order_id = {claimed.OrderId} and due_at = {claimed.LeaseEnd}", cancellationToken);

    /// <summary>Returns the earliest due time of an order, also one in the past; null if no order has a due time.</summary>
    internal static Task<DateTimeOffset?> FindNextAsync(OrdersDbContext db, CancellationToken cancellationToken) =>
        db.Orders.MinAsync(order => order.DueAt, cancellationToken);

    private async Task<DateTimeOffset?> FindNextAsync(CancellationToken cancellationToken)
    {
        using var suppression = SuppressInstrumentationScope.Begin();
        await using var scope = scopes.CreateAsyncScope();
        return await FindNextAsync(scope.ServiceProvider.GetRequiredService<OrdersDbContext>(), cancellationToken);
    }

    private async Task<ClaimedOrder?> ClaimAsync(CancellationToken cancellationToken)
    {
        // The check creates no spans: they would be emitted again and again and have no content.
        using var suppression = SuppressInstrumentationScope.Begin();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();
        var now = Time.GetUtcNow();
        return await ClaimAsync(db, now, now + options.Value.LeaseDuration, cancellationToken);
    }

    private async Task DeleteReceivedWebhooksAsync(CancellationToken cancellationToken)
    {
        using var suppression = SuppressInstrumentationScope.Begin();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();
        await DeleteReceivedWebhooksAsync(db, Time.GetUtcNow() - webhookOptions.Value.ReplayWindow, cancellationToken);
    }

    private async Task CompleteAsync(ClaimedOrder claimed, CancellationToken cancellationToken)
    {
        using var activity = ActivitySource.StartLinkedActivity("complete overdue order", claimed.Journey);
        using var timeout = new CancellationTokenSource(options.Value.WorkDuration, Time);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            if (await scope.ServiceProvider.GetRequiredService<OrderStore>().FindAsync(claimed.OrderId, work.Token) is { } order)
            {
                var completion = scope.ServiceProvider.GetRequiredService<OrderCompletion>();
                await completion.EndUnpaidAsync(order, work.Token);
                await completion.CompleteAsync(order, work.Token);
                metrics.AddOverdueOrderAttempt("completed");
                log.OverdueOrderCompleted(claimed.OrderId, order.Status);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var delay = RetryDelay.Get(claimed.Attempts, _initialDelay, _maxDelay);
            metrics.AddOverdueOrderAttempt("failed");
            log.OverdueOrderFailed(claimed.OrderId, claimed.Attempts, delay, exception);
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();
            await PostponeAsync(db, claimed, Time.GetUtcNow() + delay, cancellationToken);
        }
    }

    /// <summary>An order that this replica has claimed.</summary>
    /// <param name="OrderId">The order.</param>
    /// <param name="Journey">The journey of its checkout.</param>
    /// <param name="LeaseEnd">The time until which this replica has the order to itself.</param>
    /// <param name="Attempts">The number of attempts, this one included.</param>
    internal sealed record ClaimedOrder(Guid OrderId, string? Journey, DateTimeOffset LeaseEnd, int Attempts);
}
