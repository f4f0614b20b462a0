using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Contracts.Events;
using Shop.Orders.Data;
using Shop.Orders.Ordering;
using Shop.Telemetry.Events;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Orders;

/// <summary>The journey events of an order that two replicas save at the same time.</summary>
[Collection(WholeApplication.Name)]
public sealed class OrderEventTests(ShopApp shop) : IJourneyEventListener
{
    private readonly List<JourneyEvent> _emitted = [];

    void IJourneyEventListener.OnEvent(JourneyEvent journeyEvent) => _emitted.Add(journeyEvent);

    [Fact]
    public async Task Event_is_emitted_once_when_two_replicas_save_the_order_concurrently()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "ordersdb");
        var now = DateTimeOffset.UtcNow;
        var order = Order.Submit(
            new(Guid.NewGuid(), "c1", [new() { Sku = "A", Name = "A", Quantity = 1, UnitPrice = new Money(1, "EUR") }], new("1", []), now),
            now,
            now.AddDays(1));
        await using (var db = CreateContext(database))
        {
            await db.Database.MigrateAsync();
            await CreateStore(db).AddAsync(order, CancellationToken.None);
        }

        await using var first = CreateContext(database);
        await using var second = CreateContext(database);
        var (ofFirst, ofSecond) = (await FindAsync(first, order.OrderId), await FindAsync(second, order.OrderId));
        ofFirst.Cancel("changed_mind", now, now);
        ofSecond.ReserveStock(now, now);

        await CreateStore(first).SaveAsync(ofFirst, CancellationToken.None);
        await Assert.ThrowsAnyAsync<DbUpdateException>(() => CreateStore(second).SaveAsync(ofSecond, CancellationToken.None));

        Assert.IsType<OrderEvents.Submitted>(Assert.Single(_emitted));
    }

    private static OrdersDbContext CreateContext(TemporaryDatabase database) =>
        new(new DbContextOptionsBuilder<OrdersDbContext>().UseNpgsql($"{database.ConnectionString};Pooling=false").Options);

    private static async Task<Order> FindAsync(OrdersDbContext db, Guid orderId) =>
        (await OrderStore.FindAsync(db, orderId, CancellationToken.None))!;

    private OrderStore CreateStore(OrdersDbContext db) =>
        new(db, Options.Create(new OrderingOptions()), TimeProvider.System, TestJourneyEvents.Create(this));
}
