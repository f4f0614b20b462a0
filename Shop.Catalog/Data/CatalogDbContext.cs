using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;

namespace Shop.Catalog.Data;

internal sealed class CatalogDbContext : DbContext
{
    // Until the end of the transaction.
    private const string SetLockTimeout = "select set_config('lock_timeout', '500ms', true)";

    // Npgsql has a pool for each connection string.
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> _transactions = new(StringComparer.Ordinal);

    public CatalogDbContext(DbContextOptions<CatalogDbContext> options) : base(options) =>
        // A transaction succeeds or fails as a whole. Savepoints would add two round trips while stock rows are locked.
        Database.AutoSavepointsEnabled = false;

    public DbSet<Product> Products => Set<Product>();
    public DbSet<StockItem> Stock => Set<StockItem>();
    public DbSet<StockAdjustmentEntry> StockAdjustments => Set<StockAdjustmentEntry>();
    public DbSet<Reservation> Reservations => Set<Reservation>();
    public DbSet<ReservationLine> ReservationLines => Set<ReservationLine>();

    /// <summary>
    /// Runs an operation in a transaction. When <see cref="GetMaxTransactions"/> run, it waits for one to end, without a connection.
    /// </summary>
    /// <remarks>
    /// Transactions may all wait for the same row, so they wait half a second for a lock: those for other rows get their turn within the
    /// time that their callers wait.
    /// </remarks>
    /// <param name="operation">
    /// The operation. It must start by reading the state that it changes: its caller repeats it when the connection breaks, and then the
    /// first transaction may have been committed.
    /// </param>
    /// <param name="cancellationToken">Cancels the operation and rolls the transaction back.</param>
    /// <returns>The result of the operation, after the transaction was committed.</returns>
    public Task<T> InTransactionAsync<T>(Func<CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        WhenFreeAsync(
            async () =>
            {
                ChangeTracker.Clear();
                await using var transaction = await Database.BeginTransactionAsync(cancellationToken);
                await Database.ExecuteSqlRawAsync(SetLockTimeout, cancellationToken);
                var result = await operation(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return result;
            },
            cancellationToken);

    /// <summary>
    /// Runs statements in a transaction as <see cref="InTransactionAsync"/> does, and in one round trip: PostgreSQL runs the statements
    /// of one command in one transaction. Each of them sees what was committed while the one before waited for locks.
    /// </summary>
    /// <param name="statements">The statements, separated by semicolons, with their parameters.</param>
    /// <param name="cancellationToken">Cancels the command and rolls the transaction back.</param>
    /// <returns>The number of rows that the statements have inserted, updated or deleted, without those of their CTEs.</returns>
    public Task<int> ExecuteInTransactionAsync(FormattableString statements, CancellationToken cancellationToken) => WhenFreeAsync(
        () => Database.ExecuteSqlAsync(
            FormattableStringFactory.Create($"{SetLockTimeout};\n{statements.Format}", statements.GetArguments()), cancellationToken),
        cancellationToken);

    /// <summary>
    /// Returns the maximum number of concurrent transactions of this process: two thirds of the pool, at least one. The other connections
    /// are left to reads, so that products and prices are available while transactions wait for locks.
    /// </summary>
    /// <param name="connectionString">The connection string of the pool.</param>
    internal static int GetMaxTransactions(string connectionString) =>
        Math.Max(1, new NpgsqlConnectionStringBuilder(connectionString).MaxPoolSize * 2 / 3);

    private async Task<T> WhenFreeAsync<T>(Func<Task<T>> runTransaction, CancellationToken cancellationToken)
    {
        var transactions = _transactions.GetOrAdd(Database.GetConnectionString()!, static pool => new(GetMaxTransactions(pool)));
        await transactions.WaitAsync(cancellationToken);
        try
        {
            return await runTransaction();
        }
        finally
        {
            transactions.Release();
        }
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(CatalogDbContext).Assembly);
        modelBuilder.HasDbFunction(() => SearchIndex.Query("", "")).HasName("product_search_query");
    }
}
