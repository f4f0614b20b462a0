using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;

namespace Shop.Catalog.Data;

internal sealed class CatalogDbContext : DbContext
{
    public CatalogDbContext(DbContextOptions<CatalogDbContext> options) : base(options) =>
        // A transaction succeeds or fails as a whole. Savepoints would add two round trips while stock rows are locked.
        Database.AutoSavepointsEnabled = false;

    public DbSet<Product> Products => Set<Product>();
    public DbSet<StockItem> Stock => Set<StockItem>();
    public DbSet<StockAdjustmentEntry> StockAdjustments => Set<StockAdjustmentEntry>();
    public DbSet<Reservation> Reservations => Set<Reservation>();
    public DbSet<ReservationLine> ReservationLines => Set<ReservationLine>();

    /// <summary>Runs an operation in a transaction, and runs it again if the connection breaks.</summary>
    /// <param name="operation">
    /// The operation. It must start by reading the state that it changes, because a transaction whose connection breaks may have been
    /// committed.
    /// </param>
    /// <param name="cancellationToken">Cancels the operation and rolls the transaction back.</param>
    /// <returns>The result of the operation, after the transaction was committed.</returns>
    public Task<T> InTransactionAsync<T>(Func<CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            ChangeTracker.Clear();
            await using var transaction = await Database.BeginTransactionAsync(cancellationToken);
            var result = await operation(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return result;
        });

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(CatalogDbContext).Assembly);
}
