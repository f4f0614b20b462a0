using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Data.PersonalData;
using Shop.Orders.Data;
using Shop.Orders.Ordering;
using Shop.Orders.Payment.Simulator;
using Shop.Orders.Recipients;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Orders;

/// <summary>How Orders stores a checkout.</summary>
[Collection(WholeApplication.Name)]
public sealed class NewOrderTests(ShopApp shop)
{
    [Fact]
    public async Task New_order_is_recognized_and_stored_in_one_round_trip_each()
    {
        await using var database = await CreateDatabaseAsync();
        var roundTrips = new RoundTripCounter();
        await using var db = CreateContext(database, roundTrips);
        var order = CreateOrder(quantity: 2);

        Assert.Equal(new KnownOrder(IsStored: false, IsErased: false), await db.FindKnownAsync(order.OrderId, CancellationToken.None));
        Assert.Equal(1, roundTrips.Take());
        await CreateStore(db).AddAsync(order, CancellationToken.None);
        Assert.Equal(1, roundTrips.Take());

        Assert.Equal(new KnownOrder(IsStored: true, IsErased: false), await db.FindKnownAsync(order.OrderId, CancellationToken.None));
        var view = await db.FindViewAsync(order.OrderId, CancellationToken.None);
        Assert.Equal(OrderLimits.MaxLines, view!.Lines.Count);
        Assert.Equal("Submitted", Assert.Single(view.Changes).Status);

        // The order is saved as the one that was added.
        order.ReserveStock(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        await CreateStore(db).SaveAsync(order, CancellationToken.None);
        Assert.Equal(OrderStatus.StockReserved, await db.FindStatusAsync(order.OrderId, CancellationToken.None));
    }

    [Fact]
    public async Task Order_that_cannot_be_stored_whole_is_not_stored()
    {
        await using var database = await CreateDatabaseAsync();
        await using var db = CreateContext(database);

        // The lines are stored after the order, and the last one is refused.
        await Assert.ThrowsAsync<DbUpdateException>(() => CreateStore(db).AddAsync(CreateOrder(quantity: 0), CancellationToken.None));

        await using var other = CreateContext(database);
        Assert.Empty(await other.Orders.ToListAsync());
        Assert.Empty(await other.Changes.ToListAsync());
    }

    [Fact]
    public async Task Erasure_of_a_recipient_is_known_before_its_order_is_stored()
    {
        await using var database = await CreateDatabaseAsync();
        await using var db = CreateContext(database);
        var orderId = Guid.NewGuid();
        await db.Database.ExecuteSqlAsync($"insert into recipient_erasures (order_id, requested_at) values ({orderId}, now())");

        Assert.Equal(new KnownOrder(IsStored: false, IsErased: true), await db.FindKnownAsync(orderId, CancellationToken.None));
    }

    [Fact]
    public async Task Order_is_saved_with_its_stock_before_its_card_is_charged()
    {
        await using var database = await CreateDatabaseAsync();
        await using var db = CreateContext(database);
        var stock = new StockClient(shop);
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 1);
        using var nextWebhook = new SimulatedWebhookTime(TimeProvider.System);
        var processor = new OrderProcessor(
            db,
            CreateStore(db),
            stock.Client,
            new SimulatedPaymentProvider(
                db, Options.Create(new SimulatorOptions { Latency = TimeSpan.FromMinutes(1) }), nextWebhook, TimeProvider.System),
            new RecipientProtector(
                new PersonalDataProtector(Options.Create(new PersonalDataOptions { Keys = { ["1"] = new string('k', 32) } }))),
            Options.Create(new OrderingOptions()),
            NullLogger<OrderProcessor>.Instance);
        var price = new Money(1500, "EUR");
        using var end = new CancellationTokenSource();

        var charging = processor.ProcessAsync(
            new(
                stock.OrderId, "c1", [new(sku, "Teapot", 1, price)], price, new("Ada", "1 Way", "ada@example.org"), new("tok_ok"),
                DateTimeOffset.UtcNow),
            end.Token);
        await Eventually.ReadAsync(
            async () =>
            {
                await using var other = CreateContext(database);
                return await other.FindStatusAsync(stock.OrderId, CancellationToken.None);
            },
            status => status is OrderStatus.StockReserved);

        Assert.Equal("Reserved", await stock.StateAsync());
        Assert.False(charging.IsCompleted);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => charging);
    }

    // With as many lines as an order may have, the last of them with the given quantity.
    private static Order CreateOrder(int quantity) => Order.Submit(
        new(
            Guid.NewGuid(),
            "c1",
            Enumerable.Range(1, OrderLimits.MaxLines).Select(line => new Order.Line
            {
                Sku = $"P-{line:000}",
                Name = "P",
                Quantity = line == OrderLimits.MaxLines ? quantity : 1,
                UnitPrice = new Money(1, "EUR"),
            }),
            new("1", []),
            DateTimeOffset.UtcNow),
        DateTimeOffset.UtcNow,
        DateTimeOffset.UtcNow.AddDays(1));

    private async Task<TemporaryDatabase> CreateDatabaseAsync()
    {
        var database = await TemporaryDatabase.CreateAsync(shop, "ordersdb");
        await using var db = CreateContext(database);
        await db.Database.MigrateAsync();
        return database;
    }

    private static OrdersDbContext CreateContext(TemporaryDatabase database, RoundTripCounter? roundTrips = null)
    {
        var options = new DbContextOptionsBuilder<OrdersDbContext>().UseNpgsql($"{database.ConnectionString};Pooling=false");
        return new((roundTrips is null ? options : options.AddInterceptors(roundTrips)).Options);
    }

    private static OrderStore CreateStore(OrdersDbContext db) =>
        new(db, Options.Create(new OrderingOptions()), TimeProvider.System, TestJourneyEvents.Create());
}
