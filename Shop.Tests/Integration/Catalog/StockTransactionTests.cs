using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;
using Shop.Catalog.Data;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Telemetry.Events;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Catalog;

[Collection(WholeApplication.Name)]
public sealed class StockTransactionTests(ShopApp shop)
{
    [Fact]
    public async Task Adjustment_that_is_not_committed_has_no_audit_record()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using var db = await CreateAsync(database.ConnectionString, options => options.AddInterceptors(new FailingCommit()));
        await AddProductAsync(db);
        using var log = new RecordedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var adjustStock = new AdjustStock(db, TimeProvider.System, new AuditLog(loggers, new HttpContextAccessor()));

        await Assert.ThrowsAsync<IOException>(
            () => adjustStock.AdjustAsync("fails", "A", new StockAdjustment(1, "counted"), CancellationToken.None));
        Assert.Empty(log.TextsOf("stock.adjusted"));

        await using var other = new CatalogDbContext(
            new DbContextOptionsBuilder<CatalogDbContext>().UseNpgsql(database.ConnectionString).Options);
        await new AdjustStock(other, TimeProvider.System, new AuditLog(loggers, new HttpContextAccessor()))
            .AdjustAsync("succeeds", "A", new StockAdjustment(1, "counted"), CancellationToken.None);
        Assert.Single(log.TextsOf("stock.adjusted"));
    }

    [Fact]
    public async Task Change_whose_commit_was_not_answered_is_audited_when_it_is_repeated()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using var db = await CreateAsync(database.ConnectionString, options => options.AddInterceptors(new UnansweredCommit()));
        await AddProductAsync(db);
        using var log = new RecordedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var audit = new AuditLog(loggers, new HttpContextAccessor());
        var adjustment = new StockAdjustment(1, "counted");

        await Assert.ThrowsAsync<IOException>(
            () => new AdjustStock(db, TimeProvider.System, audit).AdjustAsync("key", "A", adjustment, CancellationToken.None));
        Assert.Empty(log.TextsOf("stock.adjusted"));

        await using var other = new CatalogDbContext(
            new DbContextOptionsBuilder<CatalogDbContext>().UseNpgsql(database.ConnectionString).Options);
        await new AdjustStock(other, TimeProvider.System, audit).AdjustAsync("key", "A", adjustment, CancellationToken.None);

        Assert.Equal(
            "Stock of A was adjusted by 1 to 2: counted (repeated request: True) (by unknown)",
            Assert.Single(log.TextsOf("stock.adjusted")));
    }

    [Fact]
    public async Task Product_change_that_is_repeated_is_audited_as_repeated()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using var db = await CreateAsync(database.ConnectionString);
        using var log = new RecordedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var products = new ProductAdministration(db, TimeProvider.System, new AuditLog(loggers, new HttpContextAccessor()));
        var product = new NewProduct("A", "Teapot", "Pours.", "c", new Price(1, "EUR"));

        for (var i = 0; i < 2; i++)
        {
            Assert.NotNull(await products.CreateAsync(product, CancellationToken.None));
        }

        for (var i = 0; i < 2; i++)
        {
            Assert.IsType<UpdateResult.Updated>(
                await products.UpdateAsync("A", [1], product.ToUpdate() with { Name = "Kettle" }, CancellationToken.None));
        }

        Assert.Null(await products.CreateAsync(product with { Name = "Another" }, CancellationToken.None));
        foreach (var eventName in (string[])["product.created", "product.updated"])
        {
            Assert.Collection(
                log.TextsOf(eventName),
                text => Assert.Contains("repeated request: False", text, StringComparison.Ordinal),
                text => Assert.Contains("repeated request: True", text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Renewed_reservation_keeps_its_time_when_its_expiry_had_failed()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using var db = await CreateAsync(database.ConnectionString);
        var (orderId, now) = (Guid.NewGuid(), DateTimeOffset.UtcNow);
        await db.Database.ExecuteSqlAsync(
            $"""
             insert into reservations (order_id, state, changed_at, expires_at)
             values ({orderId}, 'Reserved', {now}, {now.AddMinutes(-1)})
             """);
        var failed = Assert.Single(await ExpiredReservationWorker.FindExpiredAsync(db, now, after: null, CancellationToken.None));

        await db.SetStateAsync(orderId, ReservationState.Reserved, now, now.AddMinutes(20), CancellationToken.None);
        await ExpiredReservationWorker.PostponeAsync(db, failed, 1, now.AddSeconds(5), CancellationToken.None);

        var reservation = await db.Reservations.AsNoTracking().SingleAsync();
        Assert.True(reservation.ExpiresAt > now.AddMinutes(19));
        Assert.Equal(0, reservation.FailedExpirations);
    }

    private static Task<int> AddProductAsync(CatalogDbContext db) => db.Database.ExecuteSqlRawAsync(
        """
        insert into products (sku, name, description, category, price_amount, price_currency, created_at, version)
        values ('A', 'Teapot', 'Pours.', 'c', 1, 'EUR', now(), 1);
        insert into stock (sku, on_hand, reserved) values ('A', 1, 0);
        """);

    private static async Task<CatalogDbContext> CreateAsync(
        string connectionString, Action<DbContextOptionsBuilder<CatalogDbContext>>? configure = null)
    {
        var options = new DbContextOptionsBuilder<CatalogDbContext>().UseNpgsql(connectionString);
        await using (var db = new CatalogDbContext(options.Options))
        {
            await db.Database.MigrateAsync();
        }

        configure?.Invoke(options);
        return new(options.Options);
    }

    private sealed class FailingCommit : DbTransactionInterceptor
    {
        public override ValueTask<InterceptionResult> TransactionCommittingAsync(
            DbTransaction transaction,
            TransactionEventData eventData,
            InterceptionResult result,
            CancellationToken cancellationToken = default) => throw new IOException("The connection was lost.");
    }

    private sealed class UnansweredCommit : DbTransactionInterceptor
    {
        public override Task TransactionCommittedAsync(
            DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default) =>
            throw new IOException("The connection was lost.");
    }
}
