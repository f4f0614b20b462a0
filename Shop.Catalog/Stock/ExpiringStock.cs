using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Catalog.Storage;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Catalog.Stock;

/// <summary>
/// Gives back what orders held longer than they may. Every replica looks; a reservation that another one has in hand is skipped, and one
/// that is being committed too: whoever locks it first decides.
/// </summary>
internal sealed class ExpiringStock(
    IServiceScopeFactory scopes, IOptions<StockOptions> options, TimeProvider time, JourneyEvents events, IHostEnvironment host, ILogger<ExpiringStock> log) : BackgroundService
{
    private const int Batch = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var source = new ActivitySource(host.ApplicationName);
        using var timer = new PeriodicTimer(options.Value.SweepEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(source, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The next tick tries again; a database that is away is told by health checks and requests.
                log.SweepFailed(exception);
            }
        }
    }

    private async Task SweepAsync(ActivitySource source, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CatalogDb>();
        int given;
        do
        {
            given = 0;
            foreach (var expired in await FindExpiredAsync(db, cancellationToken))
            {
                using var activity = source.StartLinkedActivity("expire reservation", expired.Journey);
                given += await ExpireAsync(db, expired.OrderId, cancellationToken) ? 1 : 0;
            }
        }
        while (given == Batch);
    }

    // Looking makes no spans: there would be one every few seconds that nobody wants to see.
    private async Task<List<ExpiredReservation>> FindExpiredAsync(CatalogDb db, CancellationToken cancellationToken)
    {
        using var silence = SuppressInstrumentationScope.Begin();
        return await FindExpiredAsync(db, time.GetUtcNow(), cancellationToken);
    }

    internal static Task<List<ExpiredReservation>> FindExpiredAsync(CatalogDb db, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.Reservations
            .Where(reservation => reservation.State == ReservationState.Held && reservation.ExpiresAt <= now)
            .OrderBy(reservation => reservation.ExpiresAt).Take(Batch)
            .Select(reservation => new ExpiredReservation(reservation.OrderId, reservation.Journey)).ToListAsync(cancellationToken);

    private async Task<bool> ExpireAsync(CatalogDb db, Guid orderId, CancellationToken cancellationToken)
    {
        var moved = await db.InTransactionAsync<bool>(async cancellation =>
        {
            var now = time.GetUtcNow();
            // Looked at again under the lock: it may have been committed, released or asked for again since.
            var mine = await db.Database.SqlQuery<Guid>(
                $"""
                 select order_id as "Value" from reservations
                 where order_id = {orderId} and state = {nameof(ReservationState.Held)} and expires_at <= {now}
                 for update skip locked
                 """).ToListAsync(cancellation);
            if (mine.Count == 0)
                return new(false);

            await db.LetGoAsync(orderId, cancellation);
            await db.SetStateAsync(orderId, ReservationState.Expired, now, expiresAt: null, cancellation);
            return new(true, new CatalogEvents.StockExpired(orderId));
        }, cancellationToken);
        return moved.Told(events);
    }
}

internal sealed record ExpiredReservation(Guid OrderId, string? Journey);
