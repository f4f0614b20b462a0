using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Orders.Data;
using Shop.Telemetry.Hosting;

namespace Shop.Orders.Recipients;

/// <summary>
/// Repeats the erasures that were requested, and erases recipients after <see cref="RecipientOptions.RetentionPeriod"/>, one order at a
/// time. An order that fails is logged, skipped, and tried again with the next run.
/// </summary>
internal sealed class RecipientErasureWorker(
    IServiceScopeFactory scopes,
    IOptions<RecipientOptions> options,
    TimeProvider time,
    IHostEnvironment host,
    ILogger<RecipientErasureWorker> log)
    : PeriodicWorker(_interval, time, host, runAtStart: true)
{
    private const int BatchSize = 100;

    private static readonly TimeSpan _interval = TimeSpan.FromHours(1);

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var erase = scope.ServiceProvider.GetRequiredService<EraseRecipient>();
        await erase.RepeatAsync(cancellationToken);
        if (options.Value.RetentionPeriod is { } period)
        {
            var before = Time.GetUtcNow() - period;
            await EraseExpiredAsync(scope.ServiceProvider.GetRequiredService<OrdersDbContext>(), erase, before, cancellationToken);
            if (await erase.DiscardMessagesAsync(before, cancellationToken) is > 0 and var messages)
            {
                log.RecipientMessagesExpired(messages, before);
            }
        }
    }

    protected override void OnError(Exception exception) => log.RecipientExpirationFailed(exception);

    internal static Task<List<ExpiredRecipient>> FindAsync(
        OrdersDbContext db, DateTimeOffset before, ExpiredRecipient after, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<ExpiredRecipient>(
            $"""
             select order_id as "OrderId", changed_at as "ChangedAt" from orders
             where due_at is null and recipient is not null and changed_at < {before}
                 and (changed_at, order_id) > ({after.ChangedAt}, {after.OrderId})
             order by changed_at, order_id limit {BatchSize}
             """).ToListAsync(cancellationToken);

    private async Task EraseExpiredAsync(
        OrdersDbContext db, EraseRecipient erase, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var last = new ExpiredRecipient(Guid.Empty, DateTimeOffset.MinValue);
        while (await FindAsync(db, before, last, cancellationToken) is { Count: > 0 } expired)
        {
            using var activity = ActivitySource.StartActivity("erase expired recipients");
            await erase.DiscardMessagesAsync([.. expired.Select(order => order.OrderId)], cancellationToken);
            foreach (var order in expired)
            {
                await EraseAsync(erase, order.OrderId, cancellationToken);
            }

            last = expired[^1];
        }
    }

    private async Task EraseAsync(EraseRecipient erase, Guid orderId, CancellationToken cancellationToken)
    {
        try
        {
            await erase.EraseExpiredAsync(orderId, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            log.RecipientNotErased(orderId, exception);
        }
    }

    /// <summary>An order whose recipient is kept for longer than the retention period.</summary>
    internal sealed record ExpiredRecipient(Guid OrderId, DateTimeOffset ChangedAt);
}
