using Shop.Orders.Data;
using Shop.Orders.Ordering;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Orders;

public class OrderQueriesTests
{
    [Fact]
    public async Task List_query_does_not_read_recipients()
    {
        var sent = new SqlCommandRecorder();
        await using var db = new OrdersDbContext(sent.CreateOptions<OrdersDbContext>());

        await db.ListAsync(status: null, cartId: null, after: null, 20, CancellationToken.None);

        Assert.DoesNotContain("recipient", Assert.Single(sent.Commands), StringComparison.Ordinal);
    }
}
