using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Orders.Data;
using Shop.Telemetry.Hosting;

namespace Shop.Orders.Recipients;

/// <summary>
/// Erases recipients after <see cref="RecipientOptions.RetentionPeriod"/>, one order at a time. An order that fails is logged, skipped, and
/// tried again with the next run.
/// </summary>
internal sealed class ExpiredRecipientWorker(
    IServiceScopeFactory scopes,
    IOptions<RecipientOptions> options,
    TimeProvider time,
    IHostEnvironment host,
    ILogger<ExpiredRecipientWorker> log)
    : PeriodicWorker(_interval, time, host, runAtStart: true)
{
    private const int BatchSize = 100;

    private static readonly TimeSpan _interval = TimeSpan.FromHours(1);

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Value.RetentionPeriod is not { } period)
        {
            return;
        }

        var before = Time.GetUtcNow() - period;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();
        var erase = scope.ServiceProvider.GetRequiredService<EraseRecipient>();
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

    private async Task EraseAsync(EraseRecipient erase, Guid orderId, CancellationToken cancellationToken)
    {
        try
        {
            await erase.EraseStoredAsync(orderId, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            log.RecipientNotErased(orderId, exception);
        }
    }

    /// <summary>An order whose recipient is kept for longer than the retention period.</summary>
    internal sealed record ExpiredRecipient(Guid OrderId, DateTimeOffset ChangedAt);
}
