using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Catalog.Data;
using Shop.Catalog.Stock;
using Shop.Data;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Catalog;

/// <summary>Many customers order the last units of a few products.</summary>
[Collection(WholeApplication.Name)]
public sealed class StockConcurrencyTests(ShopApp shop)
{
    private const int Clients = 24;
    private const int OnHand = 40;

    private static readonly string[] _skus = ["A", "B", "C", "D", "E"];

    [Fact]
    public async Task Last_units_are_sold_once_and_without_deadlocks_whatever_the_order_of_the_lines_is()
    {
        await using var database = await CreateDatabaseAsync();
        var random = new Random(2026);
        var orders = Enumerable.Range(0, 150).Select(_ => CreateOrder(random)).ToList();
        var steps = orders.SelectMany(order => CreateSteps(order, random)).ToList();
        using var free = new SemaphoreSlim(Clients);
        await Task.WhenAll(steps.Select(async step =>
        {
            await free.WaitAsync();
            try
            {
                await UntilUnlockedAsync(database, step);
            }
            finally
            {
                free.Release();
            }
        }));

        // All results of an order are those of one reservation, which holds or has sold each of its lines, or none.
        await using var db = CreateContext(database);
        var reservations = await db.Reservations.AsNoTracking().Include(reservation => reservation.Lines)
            .ToDictionaryAsync(reservation => reservation.OrderId);
        Assert.All(orders, order =>
        {
            var lines = reservations.GetValueOrDefault(order.Id)?.Lines
                .Select(line => new StockLine(line.Sku, line.Quantity)).ToHashSet();
            Assert.True(lines is null or { Count: 0 } || lines.SetEquals(order.Lines));
            Assert.Equal(order.WasReserved, lines is { Count: > 0 });
        });
        Assert.Contains(reservations.Values, reservation => reservation.State is ReservationState.Reserved);
        Assert.Contains(reservations.Values, reservation => reservation.State is ReservationState.Committed);
        Assert.Contains(reservations.Values, reservation => reservation.State is ReservationState.Released);
        Assert.Contains(orders, order => !reservations.ContainsKey(order.Id)); // there were fewer units than wanted
        foreach (var item in await db.Stock.AsNoTracking().ToListAsync())
        {
            int Count(ReservationState state) => reservations.Values.Where(reservation => reservation.State == state)
                .SelectMany(reservation => reservation.Lines).Where(line => line.Sku == item.Sku).Sum(line => line.Quantity);

            Assert.Equal((OnHand - Count(ReservationState.Committed), Count(ReservationState.Reserved)), (item.OnHand, item.Reserved));
            Assert.InRange(item.Reserved, 0, item.OnHand);
        }
    }

    [Fact]
    public async Task Stock_is_reserved_and_committed_in_one_round_trip_each()
    {
        await using var database = await CreateDatabaseAsync();
        var roundTrips = new RoundTripCounter();
        await using var db = CreateContext(database, roundTrips);
        var (orderId, lines) = (Guid.NewGuid(), (StockLine[])[new("B", 1), new("A", 2)]);

        Assert.IsType<ReserveResult.Reserved>(await CreateReserveStock(db).ReserveAsync(orderId, lines, CancellationToken.None));
        Assert.Equal(1, roundTrips.Take());

        Assert.Equal(CommitResult.Committed, await CreateCommitStock(db).CommitAsync(orderId, CancellationToken.None));
        Assert.Equal(1, roundTrips.Take());

        // The message about the confirmed order follows the call.
        await new OrderConfirmedHandler(CreateCommitStock(db)).HandleAsync(
            new(orderId, "c1", [], default, default), null!, CancellationToken.None);
        Assert.Equal(1, roundTrips.Take());
        Assert.Equal(
            [("A", OnHand - 2, 0), ("B", OnHand - 1, 0)],
            (await db.Stock.AsNoTracking().OrderBy(item => item.Sku).Take(2).ToListAsync())
                .Select(item => (item.Sku, item.OnHand, item.Reserved)));
    }

    // A commit that is sent with its reservation may find none, and see it one statement later.
    [Fact]
    public async Task Commits_at_the_time_of_their_reservation_do_not_deadlock()
    {
        await using var database = await CreateDatabaseAsync();
        await using (var db = CreateContext(database))
        {
            await db.Stock.ExecuteUpdateAsync(set => set.SetProperty(item => item.OnHand, StockItem.MaxQuantity));
        }

        for (var round = 0; round < 100; round++)
        {
            var orders = Enumerable.Range(0, 3)
                .Select(_ => new Order(Guid.NewGuid(), [.. _skus.Select(sku => new StockLine(sku, 1))])).ToList();
            await Task.WhenAll(orders.SelectMany(order => new[]
            {
                UntilUnlockedAsync(database, db => CreateReserveStock(db).ReserveAsync(order.Id, order.Lines, CancellationToken.None)),
                UntilUnlockedAsync(database, db => CreateReserveStock(db).ReserveAsync(order.Id, order.Lines, CancellationToken.None)),
                UntilUnlockedAsync(database, db => CreateCommitStock(db).CommitAsync(order.Id, CancellationToken.None)),
                UntilUnlockedAsync(database, db => CreateCommitStock(db).CommitAsync(order.Id, CancellationToken.None)),
            }));
        }
    }

    [Fact]
    public async Task Reservation_gives_up_waiting_for_locked_stock_whatever_its_session_allows()
    {
        await using var database = await CreateDatabaseAsync();
        await using var other = CreateContext(database);
        await using var transaction = await other.Database.BeginTransactionAsync();
        await other.Database.ExecuteSqlAsync($"select from stock where sku = 'A' for update");

        await using var db = CreateContext(database);
        var error = await Assert.ThrowsAnyAsync<Exception>(
            () => CreateReserveStock(db).ReserveAsync(Guid.NewGuid(), [new("A", 1)], CancellationToken.None));

        Assert.True(DatabaseErrors.IsLockTimeout(error), error.ToString());
        Assert.Empty(await other.Reservations.ToListAsync());
    }

    [Fact]
    public async Task Repeated_reservation_does_not_wait_for_its_stock()
    {
        await using var database = await CreateDatabaseAsync();
        await using var db = CreateContext(database);
        var orderId = Guid.NewGuid();
        await CreateReserveStock(db).ReserveAsync(orderId, [new("A", 1)], CancellationToken.None);
        await using var other = CreateContext(database);
        await using var transaction = await other.Database.BeginTransactionAsync();
        await other.Database.ExecuteSqlAsync($"select from stock where sku = 'A' for update");

        Assert.IsType<ReserveResult.Reserved>(
            await CreateReserveStock(db).ReserveAsync(orderId, [new("A", 1)], CancellationToken.None));
    }

    [Fact]
    public async Task Order_whose_repeated_request_gets_the_last_units_is_not_out_of_stock()
    {
        await using var database = await CreateDatabaseAsync();
        await using var other = CreateContext(database);
        var (before, orderId, lines) = (Guid.NewGuid(), Guid.NewGuid(), (StockLine[])[new("A", OnHand)]);
        await CreateReserveStock(other).ReserveAsync(before, lines, CancellationToken.None);

        // The units are released and reserved when the first request has found neither units nor a reservation.
        await using var db = CreateContext(database, new Interruption(" - reserved as ", async () =>
        {
            await CreateReleaseStock(other).ReleaseAsync(before, "test", CancellationToken.None);
            await CreateReserveStock(other).ReserveAsync(orderId, lines, CancellationToken.None);
        }));

        Assert.IsType<ReserveResult.Reserved>(await CreateReserveStock(db).ReserveAsync(orderId, lines, CancellationToken.None));
        Assert.Equal(OnHand, (await db.Stock.AsNoTracking().SingleAsync(item => item.Sku == "A")).Reserved);
    }

    private static Order CreateOrder(Random random)
    {
        var skus = _skus.ToArray();
        random.Shuffle(skus);
        return new(Guid.NewGuid(), [.. skus.Take(random.Next(1, 4)).Select(sku => new StockLine(sku, random.Next(1, 4)))]);
    }

    // Each message about an order is delivered twice, at about the same time.
    private static IEnumerable<Func<CatalogDbContext, Task>> CreateSteps(Order order, Random random)
    {
        for (var i = 0; i < 2; i++)
        {
            yield return async db =>
            {
                if (await CreateReserveStock(db).ReserveAsync(order.Id, order.Lines, CancellationToken.None) is ReserveResult.Reserved)
                {
                    order.WasReserved = true;
                }
            };
        }

        var end = random.Next(3);
        for (var i = 0; i < 2 && end > 0; i++)
        {
            yield return end == 1
                ? db => CreateCommitStock(db).CommitAsync(order.Id, CancellationToken.None)
                : db => CreateReleaseStock(db).ReleaseAsync(order.Id, "test", CancellationToken.None);
        }
    }

    // As Orders does: again, while another transaction holds the rows. A deadlock ends the test.
    private static async Task UntilUnlockedAsync(TemporaryDatabase database, Func<CatalogDbContext, Task> step)
    {
        while (true)
        {
            await using var db = CreateContext(database);
            try
            {
                await step(db);
                return;
            }
            catch (Exception exception) when (DatabaseErrors.IsLockTimeout(exception))
            {
            }
        }
    }

    private async Task<TemporaryDatabase> CreateDatabaseAsync()
    {
        var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");

        // A deadlock is an error long before the half second after which a transaction gives up waiting for a lock.
        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database;
        await new Database(shop, "postgres").RunAsync($"alter database \"{name}\" set deadlock_timeout = '5ms'");
        await using var db = CreateContext(database);
        await db.Database.MigrateAsync();
        await db.Database.ExecuteSqlAsync(
            $"""
             insert into products (sku, name, description, category, price_amount, price_currency, created_at, version)
             select sku, sku, sku, 'c', 1, 'EUR', now(), 1 from unnest({_skus}) as product(sku);
             insert into stock (sku, on_hand, reserved) select sku, {OnHand}, 0 from products;
             """);
        return database;
    }

    private static CatalogDbContext CreateContext(TemporaryDatabase database, IInterceptor? interceptor = null)
    {
        // The session waits for locks without a limit.
        var options = new DbContextOptionsBuilder<CatalogDbContext>()
            .UseNpgsql($"{database.ConnectionString};Maximum Pool Size=20;Max Auto Prepare=100");
        return new((interceptor is null ? options : options.AddInterceptors(interceptor)).Options);
    }

    private static ReserveStock CreateReserveStock(CatalogDbContext db) => new(
        db, Options.Create(new StockOptions()), TimeProvider.System, TestJourneyEvents.Create(), NullLogger<ReserveStock>.Instance);

    private static CommitStock CreateCommitStock(CatalogDbContext db) =>
        new(db, TimeProvider.System, TestJourneyEvents.Create(), NullLogger<CommitStock>.Instance);

    private static ReleaseStock CreateReleaseStock(CatalogDbContext db) => new(db, TimeProvider.System, TestJourneyEvents.Create());

    // Runs before the first command that contains a text.
    private sealed class Interruption(string text, Func<Task> run) : DbCommandInterceptor
    {
        private Func<Task>? _run = run;

        public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command,
            CommandEventData eventData,
            InterceptionResult<DbDataReader> result,
            CancellationToken cancellationToken = default)
        {
            if (command.CommandText.Contains(text, StringComparison.Ordinal) && Interlocked.Exchange(ref _run, null) is { } run)
            {
                await run();
            }

            return result;
        }
    }

    private sealed record Order(Guid Id, StockLine[] Lines)
    {
        public bool WasReserved { get; set; }
    }
}
