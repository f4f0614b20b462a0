using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Catalog.Data;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Contracts;
using Shop.Data.PersonalData;
using Shop.Orders.Data;
using Shop.Orders.Ordering;
using Shop.Orders.Payment.Simulator;
using Shop.Orders.Recipients;
using Shop.Telemetry.Events;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Data;

/// <summary>Explains each query of the services on tables of 50,000 rows. No query scans a whole table.</summary>
[Collection(WholeApplication.Name)]
public sealed class QueryPlanTests(ShopApp shop)
{
    private const int Rows = 50_000;

    [Fact]
    public async Task Every_catalog_query_uses_an_index()
    {
        await using var filled = await CreateFilledDatabaseAsync(
            "catalogdb",
            options => new CatalogDbContext(options.Create<CatalogDbContext>()).Database.MigrateAsync(),
            $"""
            insert into products (
                sku, name, description, category, price_amount, price_currency, created_at, version, words_version, search_version, search)
            select 'P-' || n, 'Piece ' || md5(n::text), 'Made of ' || md5((n * 7)::text), 'c' || n % 50, n % 9000, 'EUR',
                now() - n * interval '1 minute', 1, {SearchWords.Version}, case when n = 5 then 0 else 1 end,
                product_search_vector(
                    format('''piece'':1A ''%s'':2A ''made'':3C ''of'':4C ''%s'':5C', md5(n::text), md5((n * 7)::text)), 'piece', 'made of')
                from generate_series(1, {Rows}) n;
            insert into stock (sku, on_hand, reserved) select sku, 10, 0 from products;
            insert into reservations (order_id, state, changed_at, expires_at)
            select md5(n::text)::uuid, case when n % 100 = 0 then 'Reserved' else 'Committed' end, now(),
                case when n % 100 = 0 then now() + n * interval '1 minute' end from generate_series(1, {Rows}) n;
            insert into reservation_lines (order_id, sku, quantity)
            select md5(n::text)::uuid, 'P-' || n, 1 from generate_series(1, {Rows}) n;
            insert into stock_adjustments (sku, key, delta, reason, on_hand, at) select sku, 'first', 10, 'first', 10, now() from stock;
            analyze;
            """);
        await using var db = new CatalogDbContext(filled.Options.Create<CatalogDbContext>());
        var products = new ProductQueries(db);
        foreach (var sort in (string[])["name", "price", "-price", "newest"])
        {
            foreach (var filter in (ProductFilter[])[new(null, null, null, null), new(null, "c7", null, null), new(null, null, 100, 200)])
            {
                var page = await products.ListAsync(filter, sort, after: null, 20, CancellationToken.None);
                Assert.NotNull(await products.ListAsync(filter, sort, page!.Next, 20, CancellationToken.None));
            }
        }

        var search = new ProductFilter(SearchQuery.Parse("piece ab"), null, null, null);
        var found = await products.ListAsync(search, "relevance", after: null, 5, CancellationToken.None);
        await products.ListAsync(search, "relevance", found!.Next, 5, CancellationToken.None);
        await products.ListAsync(new(SearchQuery.Parse("a"), null, null, null), "relevance", after: null, 5, CancellationToken.None);
        await SearchIndexUpdate.FindOutdatedAsync(db, "P-1", CancellationToken.None);
        await SearchIndexUpdate.RunAsync(db, NullLogger.Instance, CancellationToken.None);
        await products.FindAsync("P-77", CancellationToken.None);
        await products.FindAsync(["P-1", "P-2", "P-3"]).ToListAsync();
        Assert.Equal(50, (await products.ListCategoriesAsync(CancellationToken.None)).Count);
        var (order, now) = (Guid.NewGuid(), DateTimeOffset.UtcNow);
        Assert.True(await db.TryReserveNewAsync(
            order, [new StockLine("P-1", 1), new StockLine("P-2", 1)], now, now.AddDays(1), CancellationToken.None));
        Assert.True(await db.TryCommitReservedAsync(order, now, CancellationToken.None));
        await db.LockReservationAsync(Guid.NewGuid(), CancellationToken.None);
        await db.GetLinesAsync(Guid.NewGuid(), CancellationToken.None);
        await db.LockAndCheckAsync([new StockLine("P-1", 1), new StockLine("P-2", 1)], CancellationToken.None);
        await db.ReserveStockAsync(Guid.NewGuid(), CancellationToken.None);
        await db.ReleaseStockAsync(Guid.NewGuid(), CancellationToken.None);
        await db.CommitStockAsync(Guid.NewGuid(), CancellationToken.None);
        await db.SetStateAsync(Guid.NewGuid(), ReservationState.Released, DateTimeOffset.UtcNow, null, CancellationToken.None);
        await db.TryLockStockAsync(Guid.NewGuid(), CancellationToken.None);
        var expired = await ExpiredReservationWorker.FindExpiredAsync(db, DateTimeOffset.UtcNow.AddYears(1), null, CancellationToken.None);
        await ExpiredReservationWorker.FindExpiredAsync(db, DateTimeOffset.UtcNow.AddYears(1), expired[^1], CancellationToken.None);
        Assert.NotNull(await ExpiredReservationWorker.FindNextAsync(db, CancellationToken.None));
        await ExpiredReservationWorker.PostponeAsync(db, expired[0], 1, DateTimeOffset.UtcNow, CancellationToken.None);
        var administration = new ProductAdministration(
            db, TimeProvider.System, new AuditLog(NullLoggerFactory.Instance, new HttpContextAccessor()));
        await administration.FindAsync("P-5", CancellationToken.None);
        await administration.UpdateAsync("P-5", [1], new ProductUpdate("N", "D", "c", new Price(1, "EUR")), CancellationToken.None);
        var adjustStock = new AdjustStock(db, TimeProvider.System, new AuditLog(NullLoggerFactory.Instance, new HttpContextAccessor()));
        await adjustStock.AdjustAsync("k", "P-6", new StockAdjustment(1, "r"), CancellationToken.None);

        filled.Plans.AssertNoSequentialScan(minQueries: 40);
    }

    [Fact]
    public async Task Every_orders_query_uses_an_index()
    {
        await using var filled = await CreateFilledDatabaseAsync(
            "ordersdb",
            options => new OrdersDbContext(options.Create<OrdersDbContext>()).Database.MigrateAsync(),
            $"""
            insert into orders (
                order_id, cart_id, customer_id, status, submitted_at, stored_at, changed_at, due_at,
                recipient, recipient_key, total_amount, total_currency)
            select md5(n::text)::uuid, 'c' || n % 9000, case when n % 3 = 0 then 'm' || n % 500 end,
                case when n % 50 = 0 then 'Submitted' else 'Confirmed' end,
                now() - n * interval '1 minute', now() - n * interval '1 minute', now(),
                case when n % 50 = 0 then now() + n * interval '1 minute' end,
                '\x00', case when n % 5000 = 0 then '1' else '2' end, 100, 'EUR' from generate_series(1, {Rows}) n;
            insert into order_lines (order_id, sku, name, quantity, unit_price_amount, unit_price_currency)
            select order_id, 'A', 'A', 1, 100, 'EUR' from orders;
            insert into order_changes (order_id, status, at) select order_id, 'Submitted', now() from orders;
            insert into simulated_payments (order_id, amount, currency, outcome, webhook_due_at, updated_at)
            select order_id, 100, 'EUR', 'Accepted', due_at, now() from orders;
            insert into received_webhooks (signature, order_id, received_at)
            select decode(md5(order_id::text), 'hex'), order_id, submitted_at + interval '100 days' from orders;
            insert into recipient_erasures (order_id, requested_at) select order_id, submitted_at from orders;
            insert into recipient_keys (key_id, fingerprint) select 'k' || n, md5(n::text) from generate_series(1, {Rows}) n;
            analyze;
            """);
        await using var db = new OrdersDbContext(filled.Options.Create<OrdersDbContext>());
        var cursor = new OrderCursor(DateTimeOffset.UtcNow.AddDays(-2), Guid.NewGuid());
        foreach (var after in (OrderCursor?[])[null, cursor])
        {
            await db.ListAsync(new(), after, 20, CancellationToken.None);
            await db.ListAsync(new(OrderStatus.Submitted), after, 20, CancellationToken.None);
            await db.ListAsync(new(CartId: "c77"), after, 20, CancellationToken.None);
            await db.ListAsync(new(OrderStatus.Confirmed, "c77"), after, 20, CancellationToken.None);
            await db.ListAsync(new(CustomerId: "m77"), after, 20, CancellationToken.None);
            await db.ListAsync(new(OrderStatus.Confirmed, CustomerId: "m77"), after, 20, CancellationToken.None);
        }

        var (now, id) = (DateTimeOffset.UtcNow, Guid.NewGuid());
        await OrderStore.FindAsync(db, id, CancellationToken.None);
        await db.FindKnownAsync(id, CancellationToken.None);
        await db.FindStatusAsync(id, CancellationToken.None);
        await db.FindViewAsync(id, CancellationToken.None);
        await db.FindCheckoutAsync(id, CancellationToken.None);
        await OverdueOrderWorker.DeleteReceivedWebhooksAsync(db, now, CancellationToken.None);
        await OverdueOrderWorker.ClaimAsync(db, now, now, CancellationToken.None);
        await OverdueOrderHealthCheck.CountAsync(db, CancellationToken.None);
        await OverdueOrderWorker.PostponeAsync(db, new(id, null, now, 1), now, CancellationToken.None);
        await SimulatedWebhookWorker.ClaimAsync(db, now, now, CancellationToken.None);
        Assert.NotNull(await OverdueOrderWorker.FindNextAsync(db, CancellationToken.None));
        Assert.NotNull(await SimulatedWebhookWorker.FindNextAsync(db, CancellationToken.None));
        using var nextWebhook = new SimulatedWebhookTime(TimeProvider.System);
        var simulator = new SimulatedPaymentProvider(db, Options.Create(new SimulatorOptions()), nextWebhook, TimeProvider.System);
        await simulator.ChargeAsync(id, new Money(1, "EUR"), new PaymentCard("tok_ok"), CancellationToken.None);
        await simulator.ReverseAsync(id, new Money(1, "EUR"), CancellationToken.None);
        var vault = new RecipientProtector(
            new PersonalDataProtector(Options.Create(new PersonalDataOptions { Keys = { ["1"] = new string('k', 32) } })));
        await RecipientReencryptionWorker.ReencryptBatchAsync(db, vault, "9", Guid.NewGuid(), CancellationToken.None);
        await RecipientReencryptionWorker.CountAsync(db, "1", CancellationToken.None);
        await RecipientErasureWorker.FindAsync(db, now.AddDays(-30), new(id, now.AddDays(-60)), CancellationToken.None);
        await RecipientKeyCheck.FindFingerprintAsync(db, "1", CancellationToken.None);
        await RecipientKeyCheck.GetSampleAsync(db, "1", CancellationToken.None);
        await RecipientKeyCheck.AddFingerprintAsync(db, "1", "f", CancellationToken.None);
        await RecipientKeyCheck.ReplaceFingerprintAsync(db, "1", "f", "g", CancellationToken.None);
        await RecipientReencryptionWorker.GetKeysInUseAsync(db, CancellationToken.None);

        filled.Plans.AssertNoSequentialScan(minQueries: 30);
    }

    private async Task<FilledDatabase> CreateFilledDatabaseAsync(string service, Func<ContextOptions, Task> migrate, string fillSql)
    {
        var name = $"plans_{Guid.NewGuid():n}";
        var server = new Database(shop, "postgres");
        await server.RunAsync($"create database \"{name}\" owner {service}");
        var connectionString = new NpgsqlConnectionStringBuilder(await shop.ConnectionStringAsync(service))
        {
            Database = name,
            Pooling = false,
            CommandTimeout = 120,
        }.ConnectionString;
        await migrate(new ContextOptions(connectionString, plans: null));
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(fillSql, connection);
        await command.ExecuteNonQueryAsync();
        return new FilledDatabase(connectionString, () => server.RunAsync($"drop database \"{name}\" with (force)"));
    }

    private sealed class FilledDatabase(string connectionString, Func<Task> drop) : IAsyncDisposable
    {
        public QueryPlans Plans { get; } = new();

        public ContextOptions Options => new(connectionString, Plans);

        public async ValueTask DisposeAsync() => await drop();
    }

    private sealed class ContextOptions(string connectionString, QueryPlans? plans)
    {
        public DbContextOptions<T> Create<T>() where T : DbContext
        {
            var options = new DbContextOptionsBuilder<T>().UseNpgsql(connectionString);
            return (plans is null ? options : options.AddInterceptors(plans)).Options;
        }
    }

    /// <summary>Explains each command before it is executed and records the plans.</summary>
    private sealed class QueryPlans : DbCommandInterceptor
    {
        private readonly ConcurrentQueue<(string Sql, string Plan)> _plans = new();

        public void AssertNoSequentialScan(int minQueries)
        {
            Assert.True(_plans.Count >= minQueries, $"Only {_plans.Count} queries were recorded.");
            Assert.All(_plans, query =>
                Assert.False(query.Plan.Contains("Seq Scan", StringComparison.Ordinal), $"{query.Sql}\n{query.Plan}"));
        }

        public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command,
            CommandEventData eventData,
            InterceptionResult<DbDataReader> result,
            CancellationToken cancellationToken = default)
        {
            await ExplainAsync(command, cancellationToken);
            return result;
        }

        public override async ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            await ExplainAsync(command, cancellationToken);
            return result;
        }

        private async Task ExplainAsync(DbCommand command, CancellationToken cancellationToken)
        {
            var statements = command.CommandText.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            foreach (var statement in statements)
            {
                using var explain = ((NpgsqlCommand)command).Clone();
                explain.CommandText = $"explain {statement}";
                await using var reader = await explain.ExecuteReaderAsync(cancellationToken);
                var lines = new List<string>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    lines.Add(reader.GetString(0));
                }

                _plans.Enqueue((statement, string.Join('\n', lines)));
            }
        }
    }
}
