using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Data;
using Shop.Telemetry.Journeys;

namespace Shop.Catalog.Stock;

/// <summary>
/// The operations on reservations and stock. A transaction locks the reservation of its order, if there is one, then stock rows in the
/// order of their SKUs, and then writes. A transaction that found no reservation does not change one that was added since. If it adds one
/// itself, it may wait for another transaction that adds the same reservation; that one has all its locks. So transactions cannot
/// deadlock.
/// </summary>
internal static class StockLedger
{
    /// <summary>
    /// Reserves the stock of all lines of an order that has no reservation, in a transaction of its own and one round trip. Changes nothing
    /// and returns false if the order has a reservation, or a line exceeds the available stock.
    /// </summary>
    /// <param name="db">The database context.</param>
    /// <param name="orderId">The order.</param>
    /// <param name="lines">The lines of the order.</param>
    /// <param name="now">The current time.</param>
    /// <param name="expiresAt">The time of expiry.</param>
    /// <param name="cancellationToken">Cancels the transaction.</param>
    public static async Task<bool> TryReserveNewAsync(
        this CatalogDbContext db,
        Guid orderId,
        IReadOnlyCollection<StockLine> lines,
        DateTimeOffset now,
        DateTimeOffset expiresAt,
        CancellationToken cancellationToken)
    {
        var (skus, quantities) = (lines.Select(line => line.Sku).ToArray(), lines.Select(line => line.Quantity).ToArray());

        // The second statement begins when the stock is locked, so it sees the current values. An order that has a reservation needs no
        // lock, and does not wait for one.
        return await db.ExecuteInTransactionAsync(
            $"""
             select from stock
             where sku = any({skus}) and not exists (select from reservations where order_id = {orderId})
             order by sku for update;
             with line as (select * from unnest({skus}, {quantities}) as line(sku, quantity)),
             reservation as (
                 insert into reservations (order_id, state, changed_at, expires_at, journey)
                 select {orderId}, {nameof(ReservationState.Reserved)}, {now}, {expiresAt}, {JourneySnapshot.Capture()}
                 where not exists (
                     select from line left join stock on stock.sku = line.sku
                     where stock.sku is null or stock.on_hand - stock.reserved < line.quantity)
                 on conflict (order_id) do nothing
                 returning order_id),
             added as (
                 insert into reservation_lines (order_id, sku, quantity)
                 select reservation.order_id, line.sku, line.quantity from reservation cross join line
                 returning sku, quantity)
             update stock set reserved = stock.reserved + added.quantity from added where stock.sku = added.sku
             """, cancellationToken) > 0;
    }

    /// <summary>
    /// Commits the stock of an order whose reservation is <see cref="ReservationState.Reserved"/>, in a transaction of its own and one
    /// round trip. Changes nothing and returns false if the reservation has another state or does not exist.
    /// </summary>
    /// <param name="db">The database context.</param>
    /// <param name="orderId">The order.</param>
    /// <param name="now">The current time.</param>
    /// <param name="cancellationToken">Cancels the transaction.</param>
    public static async Task<bool> TryCommitReservedAsync(
        this CatalogDbContext db, Guid orderId, DateTimeOffset now, CancellationToken cancellationToken) =>
        // The later statements use the state that the first one has locked. If they read it again, they could see a reservation that was
        // added in between and is not locked.
        await db.ExecuteInTransactionAsync(
            $"""
             select set_config('catalog.locked_state', coalesce(
                 (select state from reservations where order_id = {orderId} for update), ''), true);
             select from stock where current_setting('catalog.locked_state') = {nameof(ReservationState.Reserved)}
                 and sku in (select sku from reservation_lines where order_id = {orderId}) order by sku for update;
             with reservation as (
                 update reservations set state = {nameof(ReservationState.Committed)}, changed_at = {now}, expires_at = null,
                     failed_expirations = 0
                 where order_id = {orderId} and current_setting('catalog.locked_state') = {nameof(ReservationState.Reserved)}
                 returning order_id)
             update stock set on_hand = stock.on_hand - line.quantity, reserved = stock.reserved - line.quantity
             from reservation join reservation_lines line using (order_id) where stock.sku = line.sku
             """, cancellationToken) > 0;

    /// <summary>
    /// Locks the reservation of an order until the transaction ends. Returns its state, or null if the order has no reservation.
    /// </summary>
    public static async Task<ReservationState?> LockReservationAsync(
        this CatalogDbContext db, Guid orderId, CancellationToken cancellationToken)
    {
        var states = await db.Database
            .SqlQuery<string>($"""select state as "Value" from reservations where order_id = {orderId} for update""")
            .ToListAsync(cancellationToken);
        return states is [var state] ? Enum.Parse<ReservationState>(state) : null;
    }

    /// <summary>Sets the state of a reservation.</summary>
    /// <param name="db">The database context of the transaction.</param>
    /// <param name="orderId">The order.</param>
    /// <param name="state">The new state.</param>
    /// <param name="now">The time of the change.</param>
    /// <param name="expiresAt">The time of expiry for <see cref="ReservationState.Reserved"/>; null for every other state.</param>
    /// <param name="cancellationToken">Cancels the update.</param>
    public static Task SetStateAsync(
        this CatalogDbContext db,
        Guid orderId,
        ReservationState state,
        DateTimeOffset now,
        DateTimeOffset? expiresAt,
        CancellationToken cancellationToken) =>
        db.Reservations.Where(reservation => reservation.OrderId == orderId).ExecuteUpdateAsync(set => set
            .SetProperty(reservation => reservation.State, state)
            .SetProperty(reservation => reservation.ChangedAt, now)
            .SetProperty(reservation => reservation.ExpiresAt, expiresAt)
            .SetProperty(reservation => reservation.FailedExpirations, 0), cancellationToken);

    /// <summary>Returns the lines of a reservation.</summary>
    public static async Task<IReadOnlyList<StockLine>> GetLinesAsync(
        this CatalogDbContext db, Guid orderId, CancellationToken cancellationToken) =>
        await db.ReservationLines.Where(line => line.OrderId == orderId)
            .Select(line => new StockLine(line.Sku, line.Quantity)).ToListAsync(cancellationToken);

    /// <summary>Locks the stock of lines until the transaction ends. Returns the lines that exceed the available stock.</summary>
    public static async Task<IReadOnlyList<Shortage>> LockAndCheckAsync(
        this CatalogDbContext db, IReadOnlyCollection<StockLine> lines, CancellationToken cancellationToken)
    {
        var skus = lines.Select(line => line.Sku).ToArray();
        var available = await db.Database
            .SqlQuery<AvailableStock>(
                $"""
                 select sku as "Sku", on_hand - reserved as "Quantity" from stock where sku = any({skus}) order by sku for update
                 """)
            .ToDictionaryAsync(item => item.Sku, item => item.Quantity, cancellationToken);
        return
        [
            .. from line in lines
               let quantity = available.GetValueOrDefault(line.Sku)
               where quantity < line.Quantity
               select new Shortage(line.Sku, line.Quantity, quantity),
        ];
    }

    /// <summary>
    /// Locks the stock of a reservation's lines until the transaction ends, without waiting. Returns false if another transaction has
    /// locked it.
    /// </summary>
    public static async Task<bool> TryLockStockAsync(this CatalogDbContext db, Guid orderId, CancellationToken cancellationToken)
    {
        var all = await db.Database
            .SqlQuery<bool>(
                $"""
                 select (select count(*) from reservation_lines where order_id = {orderId}) = (select count(*) from (
                     select sku from stock where sku in (select sku from reservation_lines where order_id = {orderId})
                     order by sku for update skip locked) as locked) as "Value"
                 """)
            .ToListAsync(cancellationToken);
        return all[0];
    }

    /// <summary>
    /// Reserves the stock of a reservation's lines. The stock must be locked and sufficient (<see cref="LockAndCheckAsync"/>).
    /// </summary>
    public static Task ReserveStockAsync(this CatalogDbContext db, Guid orderId, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
             update stock set reserved = stock.reserved + line.quantity
             from reservation_lines line where line.order_id = {orderId} and stock.sku = line.sku
             """, cancellationToken);

    /// <summary>Makes the reserved stock of a reservation's lines available again.</summary>
    public static Task ReleaseStockAsync(this CatalogDbContext db, Guid orderId, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
             select sku from stock where sku in (select sku from reservation_lines where order_id = {orderId}) order by sku for update;
             update stock set reserved = stock.reserved - line.quantity
             from reservation_lines line where line.order_id = {orderId} and stock.sku = line.sku
             """, cancellationToken);

    /// <summary>Deducts the reserved stock of a reservation's lines from the stock on hand.</summary>
    public static Task CommitStockAsync(this CatalogDbContext db, Guid orderId, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
             select sku from stock where sku in (select sku from reservation_lines where order_id = {orderId}) order by sku for update;
             update stock set on_hand = stock.on_hand - line.quantity, reserved = stock.reserved - line.quantity
             from reservation_lines line where line.order_id = {orderId} and stock.sku = line.sku
             """, cancellationToken);

    /// <summary>Returns the SKUs of shortages, separated by commas.</summary>
    public static string JoinSkus(this IEnumerable<Shortage> shortages) => string.Join(',', shortages.Select(shortage => shortage.Sku));

    private sealed record AvailableStock(string Sku, int Quantity);
}

/// <summary>A quantity of a product to reserve.</summary>
internal readonly record struct StockLine(string Sku, int Quantity);

/// <summary>A line that exceeds the available stock.</summary>
internal readonly record struct Shortage(string Sku, int Requested, int Available);
