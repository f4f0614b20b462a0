using Shop.Orders.Ordering;
using Shop.Orders.Storage;
using Shop.Tests.Unit.Support;

namespace Shop.Tests.Unit.Orders;

public class OrderQueryTests
{
    [Fact]
    public async Task Listing_orders_does_not_ask_who_gets_them()
    {
        var sent = new SqlCommandRecorder();
        await using var db = new OrdersDb(sent.CreateOptions<OrdersDb>());

        await db.ListAsync(status: null, cartId: null, after: null, 20, CancellationToken.None);

        Assert.DoesNotContain("recipient", Assert.Single(sent.Commands), StringComparison.Ordinal);
    }
}
