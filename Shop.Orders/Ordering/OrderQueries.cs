using Microsoft.EntityFrameworkCore;
using Shop.Contracts;
using Shop.Orders.Data;

namespace Shop.Orders.Ordering;

internal static class OrderQueries
{
    /// <summary>Reads a page of orders, newest first.</summary>
    /// <param name="db">The database.</param>
    /// <param name="status">The status to filter by; null for any.</param>
    /// <param name="cartId">The cart to filter by; null for any.</param>
    /// <param name="after">The cursor of the previous page; null for the first page.</param>
    /// <param name="limit">The maximum number of orders on the page.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public static async Task<OrderPage> ListAsync(
        this OrdersDbContext db, OrderStatus? status, string? cartId, OrderCursor? after, int limit, CancellationToken cancellationToken)
    {
        var orders = db.Orders.AsNoTracking().IgnoreAutoIncludes();
        if (status is not null)
        {
            orders = orders.Where(order => order.Status == status);
        }

        if (cartId is not null)
        {
            orders = orders.Where(order => order.CartId == cartId);
        }

        if (after is { } cursor)
        {
            orders = orders.Where(order => EF.Functions.LessThan(
                ValueTuple.Create(order.SubmittedAt, order.OrderId), ValueTuple.Create(cursor.SubmittedAt, cursor.OrderId)));
        }

        // One row more than the limit shows whether there is a next page.
        var items = await orders
            .OrderByDescending(order => order.SubmittedAt).ThenByDescending(order => order.OrderId)
            .Take(limit + 1)
            .Select(order => new OrderSummary(
                order.OrderId, order.CartId, order.Status.ToString(), order.Reason, new Money(order.Total.Amount, order.Total.Currency),
                order.SubmittedAt, order.ChangedAt))
            .ToListAsync(cancellationToken);
        if (items.Count <= limit)
        {
            return new OrderPage(items, Next: null);
        }

        items.RemoveAt(limit);
        return new OrderPage(items, new OrderCursor(items[^1].SubmittedAt, items[^1].OrderId).ToString());
    }
}
