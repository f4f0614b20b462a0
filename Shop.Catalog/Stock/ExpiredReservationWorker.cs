using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Catalog.Data;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Hosting;
using Shop.Telemetry.Journeys;

namespace Shop.Catalog.Stock;

/// <summary>
/// Releases the stock of reservations that have expired. It runs in every replica and skips reservations that are locked, because another
/// replica expires them or a request changes them.
/// </summary>
internal sealed class ExpiredReservationWorker(
    IServiceScopeFactory scopes,
    IOptions<StockOptions> options,
    TimeProvider timeProvider,
    JourneyEvents events,
    IHostEnvironment host,
    ILogger<ExpiredReservationWorker> log)
    : PeriodicWorker(options.Value.ExpirationCheckInterval, timeProvider, host)
{
    private const int BatchSize = 100;

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CatalogDbContext>();
        int expired;
        do
        {
            expired = 0;
            foreach (var reservation in await FindExpiredAsync(db, cancellationToken))
            {
                using var activity = ActivitySource.StartLinkedActivity("expire reservation", reservation.Journey);
                expired += await ExpireAsync(db, reservation.OrderId, cancellationToken) ? 1 : 0;
            }
        }
        while (expired == BatchSize);
    }

    protected override void OnError(Exception exception) => log.ReservationExpirationFailed(exception);

    internal static Task<List<ExpiredReservation>> FindExpiredAsync(
        CatalogDbContext db, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.Reservations
            .Where(reservation => reservation.State == ReservationState.Reserved && reservation.ExpiresAt <= now)
            .OrderBy(reservation => reservation.ExpiresAt).Take(BatchSize)
            .Select(reservation => new ExpiredReservation(reservation.OrderId, reservation.Journey)).ToListAsync(cancellationToken);

    private async Task<List<ExpiredReservation>> FindExpiredAsync(CatalogDbContext db, CancellationToken cancellationToken)
    {
        // Polling creates no spans.
        using var suppressed = SuppressInstrumentationScope.Begin();
        return await FindExpiredAsync(db, Time.GetUtcNow(), cancellationToken);
    }

    private async Task<bool> ExpireAsync(CatalogDbContext db, Guid orderId, CancellationToken cancellationToken)
    {
        var change = await db.InTransactionAsync<StockChange<bool>>(async cancellation =>
        {
            // The condition is checked again under the lock: the reservation may have been committed, released or renewed meanwhile.
            var now = Time.GetUtcNow();
            var locked = await db.Database.SqlQuery<Guid>(
                $"""
                 select order_id as "Value" from reservations
                 where order_id = {orderId} and state = {nameof(ReservationState.Reserved)} and expires_at <= {now}
                 for update skip locked
                 """).ToListAsync(cancellation);
            if (locked.Count == 0)
            {
                return new(false);
            }

            await db.ReleaseStockAsync(orderId, cancellation);
            await db.SetStateAsync(orderId, ReservationState.Expired, now, expiresAt: null, cancellation);
            return new(true, new CatalogEvents.StockExpired(orderId));
        }, cancellationToken);
        return change.Emit(events);
    }
}

internal sealed record ExpiredReservation(Guid OrderId, string? Journey);
