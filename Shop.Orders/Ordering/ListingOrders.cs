using Microsoft.EntityFrameworkCore;
using Shop.Contracts;
using Shop.Orders.Storage;

namespace Shop.Orders.Ordering;

internal static class ListingOrders
{
    /// <summary>A page of orders, the newest first; null means that it does not matter.</summary>
    public static async Task<OrderPage> ListAsync(
        this OrdersDb db, OrderStatus? status, string? cartId, Cursor? after, int limit, CancellationToken cancellationToken)
    {
        var orders = db.Orders.AsNoTracking().IgnoreAutoIncludes();
        if (status is not null)
            orders = orders.Where(order => order.Status == status);
        if (cartId is not null)
            orders = orders.Where(order => order.CartId == cartId);
        if (after is { } cursor)
            orders = orders.Where(order =>
                EF.Functions.LessThan(ValueTuple.Create(order.SubmittedAt, order.OrderId), ValueTuple.Create(cursor.SubmittedAt, cursor.OrderId)));

        // One more than asked for tells whether there is a next page.
        var items = await orders.OrderByDescending(order => order.SubmittedAt).ThenByDescending(order => order.OrderId).Take(limit + 1)
            .Select(order => new OrderSummary(order.OrderId, order.CartId, order.Status.ToString(), order.Reason, new Money(order.Total.Amount, order.Total.Currency), order.SubmittedAt, order.ChangedAt))
            .ToListAsync(cancellationToken);
        if (items.Count <= limit)
            return new OrderPage(items, Next: null);

        items.RemoveAt(limit);
        return new OrderPage(items, new Cursor(items[^1].SubmittedAt, items[^1].OrderId).ToString());
    }
}
