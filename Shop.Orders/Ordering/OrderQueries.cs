using Microsoft.EntityFrameworkCore;
using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Orders.Data;

namespace Shop.Orders.Ordering;

internal static class OrderQueries
{
    // Customers read their order until it has ended, so these queries are compiled once.

    private static readonly Func<OrdersDbContext, Guid, CancellationToken, Task<OrderView?>> _findView = EF.CompileAsyncQuery(
        (OrdersDbContext db, Guid orderId, CancellationToken _) => db.Orders.AsNoTracking().IgnoreAutoIncludes()
            .Where(order => order.OrderId == orderId)
            .Select(order => new OrderView(
                order.OrderId,
                order.Status.ToString(),
                order.Reason,
                order.Lines.OrderBy(line => EF.Functions.Collate(line.Sku, "C"))
                    .Select(line => new OrderLineView(
                        line.Sku, line.Name, line.Quantity, new Money(line.UnitPrice.Amount, line.UnitPrice.Currency)))
                    .ToList(),
                new Money(order.Total.Amount, order.Total.Currency),
                order.SubmittedAt,
                order.ChangedAt,
                order.Changes.OrderBy(change => change.Sequence)
                    .Select(change => new OrderChangeView(change.Status.ToString(), change.Reason, change.At))
                    .ToList()))
            .AsSingleQuery()
            .SingleOrDefault());

    private static readonly Func<OrdersDbContext, Guid, CancellationToken, Task<OrderStatus?>> _findStatus = EF.CompileAsyncQuery(
        (OrdersDbContext db, Guid orderId, CancellationToken _) => db.Orders
            .Where(order => order.OrderId == orderId)
            .Select(order => (OrderStatus?)order.Status)
            .SingleOrDefault());

    /// <summary>Reads an order with its lines and its history in one statement, so that they belong to the same state.</summary>
    public static Task<OrderView?> FindViewAsync(this OrdersDbContext db, Guid orderId, CancellationToken cancellationToken) =>
        _findView(db, orderId, cancellationToken);

    /// <summary>Reads the status of an order; null if there is no such order.</summary>
    public static Task<OrderStatus?> FindStatusAsync(this OrdersDbContext db, Guid orderId, CancellationToken cancellationToken) =>
        _findStatus(db, orderId, cancellationToken);

    /// <summary>Reads what the database has of an order whose checkout has arrived, in one round trip.</summary>
    public static async Task<KnownOrder> FindKnownAsync(this OrdersDbContext db, Guid orderId, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<KnownOrder>(
            $"""
             select exists (select from orders where order_id = {orderId}) as "IsStored",
                 exists (select from recipient_erasures where order_id = {orderId}) as "IsErased"
             """).ToListAsync(cancellationToken))[0];

    /// <summary>Reads what is stored of a checkout.</summary>
    public static async Task<StoredCheckout?> FindCheckoutAsync(
        this OrdersDbContext db, Guid orderId, CancellationToken cancellationToken) =>
        await db.Orders.AsNoTracking()
            .Where(order => order.OrderId == orderId)
            .Select(order => new
            {
                order.CartId,
                order.CustomerId,
                order.Status,
                order.ContentHash,
                order.Lines,
                order.Total.Amount,
                order.Total.Currency,
            })
            .SingleOrDefaultAsync(cancellationToken) is { } stored
            ? new StoredCheckout(
                orderId,
                stored.CartId,
                stored.Status.ToString(),
                InProgress: stored.Status is OrderStatus.Submitted or OrderStatus.StockReserved or OrderStatus.Paid,
                stored.ContentHash,
                [.. stored.Lines.Select(line => new OrderLine(line.Sku, line.Name, line.Quantity, line.UnitPrice))],
                new Money(stored.Amount, stored.Currency),
                stored.CustomerId)
            : null;

    /// <summary>Reads a page of orders, newest first: the order that was stored last is the first.</summary>
    /// <param name="db">The database.</param>
    /// <param name="filter">Which orders to read.</param>
    /// <param name="after">The cursor of the previous page; null for the first page.</param>
    /// <param name="limit">The maximum number of orders on the page.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public static async Task<OrderPage> ListAsync(
        this OrdersDbContext db, OrderFilter filter, OrderCursor? after, int limit, CancellationToken cancellationToken)
    {
        var orders = db.Orders.AsNoTracking().IgnoreAutoIncludes();
        if (filter.Status is { } status)
        {
            orders = orders.Where(order => order.Status == status);
        }

        if (filter.CartId is { } cartId)
        {
            orders = orders.Where(order => order.CartId == cartId);
        }

        if (filter.CustomerId is { } customerId)
        {
            orders = orders.Where(order => order.CustomerId == customerId);
        }

        if (after is { } cursor)
        {
            orders = orders.Where(order => EF.Functions.LessThan(
                ValueTuple.Create(order.StoredAt, order.OrderId), ValueTuple.Create(cursor.StoredAt, cursor.OrderId)));
        }

        // One row more than the limit shows whether there is a next page.
        var rows = await orders
            .OrderByDescending(order => order.StoredAt).ThenByDescending(order => order.OrderId)
            .Take(limit + 1)
            .Select(order => new
            {
                order.StoredAt,
                Summary = new OrderSummary(
                    order.OrderId, order.CartId, order.CustomerId, order.Status.ToString(), order.Reason,
                    new Money(order.Total.Amount, order.Total.Currency), order.SubmittedAt, order.ChangedAt),
            })
            .ToListAsync(cancellationToken);
        List<OrderSummary> items = [.. rows.Take(limit).Select(row => row.Summary)];
        return new OrderPage(
            items, rows.Count > limit ? new OrderCursor(rows[limit - 1].StoredAt, items[^1].OrderId).ToString() : null);
    }
}

/// <summary>Which orders a list contains: those that match all values that are given.</summary>
/// <param name="Status">The status; null for any.</param>
/// <param name="CartId">The cart; null for any.</param>
/// <param name="CustomerId">The subject of a member; null for the orders of all members and guests.</param>
internal readonly record struct OrderFilter(OrderStatus? Status = null, string? CartId = null, string? CustomerId = null);

/// <summary>What the database has of an order when its checkout arrives.</summary>
/// <param name="IsStored">Whether the order is stored.</param>
/// <param name="IsErased">Whether an erasure of its recipient is recorded.</param>
internal sealed record KnownOrder(bool IsStored, bool IsErased);
