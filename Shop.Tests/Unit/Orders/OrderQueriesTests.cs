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

        await db.ListAsync(new OrderFilter(), after: null, 20, CancellationToken.None);

        Assert.DoesNotContain("recipient", Assert.Single(sent.Commands), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Order_and_its_history_are_read_in_one_statement_without_the_recipient()
    {
        var sent = new SqlCommandRecorder();
        await using var db = new OrdersDbContext(sent.CreateOptions<OrdersDbContext>());

        await db.FindViewAsync(Guid.NewGuid(), CancellationToken.None);

        var command = Assert.Single(sent.Commands);
        Assert.Contains("order_changes", command, StringComparison.Ordinal);
        Assert.DoesNotContain("recipient", command, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_of_an_order_is_read_without_its_lines_and_its_history()
    {
        var sent = new SqlCommandRecorder();
        await using var db = new OrdersDbContext(sent.CreateOptions<OrdersDbContext>());

        Assert.Null(await db.FindStatusAsync(Guid.NewGuid(), CancellationToken.None));

        var command = Assert.Single(sent.Commands);
        Assert.StartsWith("SELECT o.status\n", command.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.DoesNotContain("order_", command.Replace("order_id", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
