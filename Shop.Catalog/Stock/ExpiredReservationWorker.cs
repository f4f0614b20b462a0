using System.Diagnostics;
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
/// Releases the stock of reservations that have expired. It runs in every replica and skips reservations and stock that are locked, because
/// another replica expires them or a request changes them. A reservation that cannot be released is postponed with a growing delay, and
/// the others are released.
/// </summary>
internal sealed class ExpiredReservationWorker : DueWorker
{
    private const int BatchSize = 100;

    private static readonly TimeSpan _initialDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _maxDelay = TimeSpan.FromHours(1);

    private readonly IServiceScopeFactory _scopes;
    private readonly JourneyEvents _events;
    private readonly ILogger<ExpiredReservationWorker> _log;
    private readonly CatalogMetrics _metrics;

    public ExpiredReservationWorker(
        IServiceScopeFactory scopes,
        IOptions<StockOptions> options,
        TimeProvider timeProvider,
        JourneyEvents events,
        CatalogMetrics metrics,
        IHostEnvironment host,
        ILogger<ExpiredReservationWorker> log)
        : base(options.Value.MaxCheckInterval, timeProvider, host) =>
        (_scopes, _events, _metrics, _log) = (scopes, events, metrics, log);

    /// <summary>Finds reservations that have expired, in the order of their expiry.</summary>
    /// <param name="db">The database context.</param>
    /// <param name="now">The current time.</param>
    /// <param name="after">The last reservation of the previous batch; null for the first batch.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    internal static Task<List<ExpiredReservation>> FindExpiredAsync(
        CatalogDbContext db, DateTimeOffset now, ExpiredReservation? after, CancellationToken cancellationToken)
    {
        var expired = db.Reservations
            .Where(reservation => reservation.State == ReservationState.Reserved && reservation.ExpiresAt <= now);
        if (after is not null)
        {
            expired = expired.Where(reservation => EF.Functions.GreaterThan(
                ValueTuple.Create(reservation.ExpiresAt, reservation.OrderId), ValueTuple.Create(after.ExpiresAt, after.OrderId)));
        }

        return expired
            .OrderBy(reservation => reservation.ExpiresAt).ThenBy(reservation => reservation.OrderId).Take(BatchSize)
            .Select(reservation => new ExpiredReservation(
                reservation.OrderId, reservation.ExpiresAt, reservation.FailedExpirations, reservation.Journey))
            .ToListAsync(cancellationToken);
    }

    /// <summary>Returns the earliest time at which a reservation expires, also one in the past; null if no stock is reserved.</summary>
    internal static Task<DateTimeOffset?> FindNextAsync(CatalogDbContext db, CancellationToken cancellationToken) =>
        db.Reservations.Where(reservation => reservation.State == ReservationState.Reserved)
            .MinAsync(reservation => reservation.ExpiresAt, cancellationToken);

    protected override async Task<DateTimeOffset?> RunAsync(CancellationToken cancellationToken)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CatalogDbContext>();

        // Each reservation is tried once in a run, so those that are locked do not keep the run from the others.
        var now = Time.GetUtcNow();
        List<ExpiredReservation> batch = [];
        do
        {
            batch = await PollAsync(db, now, batch.LastOrDefault(), cancellationToken);
            foreach (var reservation in batch)
            {
                await TryExpireAsync(db, reservation, cancellationToken);
            }
        }
        while (batch.Count == BatchSize);

        using var suppressed = SuppressInstrumentationScope.Begin();
        return await FindNextAsync(db, cancellationToken);
    }

    protected override void OnError(Exception exception) => _log.ReservationExpirationInterrupted(exception);

    private static async Task<List<ExpiredReservation>> PollAsync(
        CatalogDbContext db, DateTimeOffset now, ExpiredReservation? after, CancellationToken cancellationToken)
    {
        // Polling creates no spans.
        using var suppressed = SuppressInstrumentationScope.Begin();
        return await FindExpiredAsync(db, now, after, cancellationToken);
    }

    private async Task TryExpireAsync(CatalogDbContext db, ExpiredReservation reservation, CancellationToken cancellationToken)
    {
        using var activity = ActivitySource.StartLinkedActivity("expire reservation", reservation.Journey);
        try
        {
            await ExpireAsync(db, reservation.OrderId, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var attempts = reservation.FailedAttempts + 1;
            var delay = RetryDelay.Get(attempts, _initialDelay, _maxDelay);
            activity.Span?.SetStatus(ActivityStatusCode.Error, exception.Message);
            _metrics.CountExpirationFailure();
            _log.ReservationExpirationFailed(reservation.OrderId, attempts, delay, exception);

            // Throws if the database is unavailable, which ends the run.
            await PostponeAsync(db, reservation, attempts, Time.GetUtcNow() + delay, cancellationToken);
        }
    }

    private async Task ExpireAsync(CatalogDbContext db, Guid orderId, CancellationToken cancellationToken)
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
            if (locked.Count == 0 || !await db.TryLockStockAsync(orderId, cancellation))
            {
                return new(false);
            }

            await db.ReleaseStockAsync(orderId, cancellation);
            await db.SetStateAsync(orderId, ReservationState.Expired, now, expiresAt: null, cancellation);
            return new(true, new CatalogEvents.StockExpired(orderId));
        }, cancellationToken);
        change.Emit(_events);
    }

    /// <summary>Sets the time of the next attempt, unless the reservation is locked or was changed or renewed since it was read.</summary>
    internal static Task PostponeAsync(
        CatalogDbContext db,
        ExpiredReservation reservation,
        int failedAttempts,
        DateTimeOffset expiresAt,
        CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
             update reservations set failed_expirations = {failedAttempts}, expires_at = {expiresAt}
             where order_id in (
                 select order_id from reservations
                 where order_id = {reservation.OrderId} and state = {nameof(ReservationState.Reserved)}
                     and expires_at = {reservation.ExpiresAt}
                 for update skip locked)
             """, cancellationToken);
}

/// <summary>A reservation that has expired.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="ExpiresAt">Time of expiry, or of the next attempt.</param>
/// <param name="FailedAttempts">Number of failed attempts to release its stock.</param>
/// <param name="Journey">Journey and trace of the request that reserved the stock.</param>
internal sealed record ExpiredReservation(Guid OrderId, DateTimeOffset? ExpiresAt, int FailedAttempts, string? Journey);
