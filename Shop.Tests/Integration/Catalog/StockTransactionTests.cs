using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;
using Shop.Catalog.Data;
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
        await db.Database.ExecuteSqlRawAsync(
            """
            insert into products (sku, name, description, category, price_amount, price_currency, created_at, version)
            values ('A', 'Teapot', 'Pours.', 'c', 1, 'EUR', now(), 1);
            insert into stock (sku, on_hand, reserved) values ('A', 1, 0);
            """);
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
}
