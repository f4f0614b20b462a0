using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Storage;
using Shop.Telemetry.Events;

namespace Shop.Catalog.Stock;

/// <summary>
/// The moves of stock, for use in a transaction. Whoever makes them has locked the order's reservation first; then each move locks the
/// rows of the stock in the sequence of their SKUs. Since all do, no two wait for each other.
/// </summary>
internal static class StockMoves
{
    /// <summary>The order's reservation, locked until the transaction ends; null when there is none.</summary>
    public static async Task<ReservationState?> LockReservationAsync(this CatalogDb db, Guid orderId, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<string>($"""select state as "Value" from reservations where order_id = {orderId} for update""").ToListAsync(cancellationToken))
        .Select(Enum.Parse<ReservationState>).Cast<ReservationState?>().SingleOrDefault();

    /// <summary>Moves a reservation into another state; expiry goes with <see cref="ReservationState.Held"/> alone.</summary>
    public static Task SetStateAsync(
        this CatalogDb db, Guid orderId, ReservationState state, DateTimeOffset now, DateTimeOffset? expiresAt, CancellationToken cancellationToken) =>
        db.Reservations.Where(reservation => reservation.OrderId == orderId).ExecuteUpdateAsync(set => set
            .SetProperty(reservation => reservation.State, state)
            .SetProperty(reservation => reservation.ChangedAt, now)
            .SetProperty(reservation => reservation.ExpiresAt, expiresAt), cancellationToken);

    /// <summary>Locks the stock of these lines and returns those that cannot be served, with what there is.</summary>
    public static async Task<IReadOnlyList<Shortage>> LockAndCheckAsync(this CatalogDb db, IReadOnlyCollection<Wanted> lines, CancellationToken cancellationToken)
    {
        var skus = lines.Select(line => line.Sku).ToArray();
        var stock = await db.Database
            .SqlQuery<Available>($"""select sku as "Sku", on_hand - reserved as "Pieces" from stock where sku = any({skus}) order by sku for update""")
            .ToDictionaryAsync(item => item.Sku, item => item.Pieces, cancellationToken);
        return
        [
            .. from line in lines
               let available = stock.GetValueOrDefault(line.Sku)
               where available < line.Quantity
               select new Shortage(line.Sku, line.Quantity, available),
        ];
    }

    /// <summary>Promises the pieces of an order's lines to it. They are locked, and there.</summary>
    public static Task HoldAsync(this CatalogDb db, Guid orderId, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"""
         update stock set reserved = stock.reserved + line.quantity
         from reservation_lines line where line.order_id = {orderId} and stock.sku = line.sku
         """, cancellationToken);

    /// <summary>Takes the promise back.</summary>
    public static Task LetGoAsync(this CatalogDb db, Guid orderId, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"""
         select sku from stock where sku in (select sku from reservation_lines where order_id = {orderId}) order by sku for update;
         update stock set reserved = stock.reserved - line.quantity
         from reservation_lines line where line.order_id = {orderId} and stock.sku = line.sku
         """, cancellationToken);

    /// <summary>Takes pieces that are promised to the order from the shelf.</summary>
    public static Task TakeAwayAsync(this CatalogDb db, Guid orderId, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"""
         select sku from stock where sku in (select sku from reservation_lines where order_id = {orderId}) order by sku for update;
         update stock set on_hand = stock.on_hand - line.quantity, reserved = stock.reserved - line.quantity
         from reservation_lines line where line.order_id = {orderId} and stock.sku = line.sku
         """, cancellationToken);

    public static async Task<IReadOnlyList<Wanted>> LinesOfAsync(this CatalogDb db, Guid orderId, CancellationToken cancellationToken) =>
        await db.ReservationLines.Where(line => line.OrderId == orderId).Select(line => new Wanted(line.Sku, line.Quantity)).ToListAsync(cancellationToken);

    /// <summary>Their numbers, with commas between them.</summary>
    public static string Skus(this IEnumerable<Shortage> shortages) => string.Join(',', shortages.Select(shortage => shortage.Sku));

    /// <summary>
    /// Runs a transaction, and runs it again when the connection breaks: it may have been committed although the answer got lost, so what
    /// is done in it starts by looking at the reservation's state.
    /// </summary>
    /// <returns>What the move returned, and what there is to tell now that it is stored: nothing is told which then did not happen.</returns>
    public static Task<Moved<T>> InTransactionAsync<T>(this CatalogDb db, Func<CancellationToken, Task<Moved<T>>> move, CancellationToken cancellationToken) =>
        db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            db.ChangeTracker.Clear();
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var answer = await move(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return answer;
        });

    private sealed record Available(string Sku, int Pieces);
}

/// <param name="Answer">What became of it.</param>
/// <param name="Event">What happened, if anything did.</param>
internal readonly record struct Moved<T>(T Answer, JourneyEvent? Event = null)
{
    public T Told(JourneyEvents events)
    {
        if (Event is not null)
            events.Emit(Event);
        return Answer;
    }
}

internal readonly record struct Wanted(string Sku, int Quantity);

internal readonly record struct Shortage(string Sku, int Requested, int Available);
