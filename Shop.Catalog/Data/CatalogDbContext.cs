using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;

namespace Shop.Catalog.Data;

internal sealed class CatalogDbContext : DbContext
{
    /// <summary>
    /// Maximum number of concurrent transactions of this process. Transactions wait for row locks, possibly all for the same row. The other
    /// connections of the pool are left to reads, so that products and prices are available meanwhile.
    /// </summary>
    public const int MaxTransactions = PostgresExtensions.MaxPoolSize * 2 / 3;

    private static readonly SemaphoreSlim _transactions = new(MaxTransactions);

    public CatalogDbContext(DbContextOptions<CatalogDbContext> options) : base(options) =>
        // A transaction succeeds or fails as a whole. Savepoints would add two round trips while stock rows are locked.
        Database.AutoSavepointsEnabled = false;

    public DbSet<Product> Products => Set<Product>();
    public DbSet<StockItem> Stock => Set<StockItem>();
    public DbSet<StockAdjustmentEntry> StockAdjustments => Set<StockAdjustmentEntry>();
    public DbSet<Reservation> Reservations => Set<Reservation>();
    public DbSet<ReservationLine> ReservationLines => Set<ReservationLine>();

    /// <summary>
    /// Runs an operation in a transaction. When more transactions run than <see cref="MaxTransactions"/>, it waits for one to end, without
    /// a connection.
    /// </summary>
    /// <param name="operation">
    /// The operation. It must start by reading the state that it changes: its caller repeats it when the connection breaks, and then the
    /// first transaction may have been committed.
    /// </param>
    /// <param name="cancellationToken">Cancels the operation and rolls the transaction back.</param>
    /// <returns>The result of the operation, after the transaction was committed.</returns>
    public async Task<T> InTransactionAsync<T>(Func<CancellationToken, Task<T>> operation, CancellationToken cancellationToken)
    {
        await _transactions.WaitAsync(cancellationToken);
        try
        {
            ChangeTracker.Clear();
            await using var transaction = await Database.BeginTransactionAsync(cancellationToken);
            var result = await operation(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return result;
        }
        finally
        {
            _transactions.Release();
        }
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(CatalogDbContext).Assembly);
        modelBuilder.HasDbFunction(() => SearchIndex.Query("", "")).HasName("product_search_query");
    }
}
