using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Contracts;
using Shop.Telemetry.Journeys;

namespace Shop.Catalog.Storage;

internal sealed class CatalogDb : DbContext
{
    // Compares SKUs byte by byte: in the database, in pages and in the sequence of locks there is one order.
    private const string ByteOrder = "C";

    // People's order for names, the same on every machine: the operating system's would differ between a container and a laptop.
    private const string PeoplesOrder = "und-x-icu";

    private static readonly Func<CatalogDb, string, CancellationToken, Task<FoundProduct?>> _findProduct = EF.CompileAsyncQuery(
        (CatalogDb db, string sku, CancellationToken _) => db.Products.AsNoTracking()
            .Where(product => product.Sku == sku)
            .Select(product => new FoundProduct(
                new ProductView(
                    product.Sku, product.Name, product.Description, product.Category, new Money(product.Price.Amount, product.Price.Currency), product.Stock.OnHand - product.Stock.Reserved, product.CreatedAt),
                product.Version))
            .SingleOrDefault());

    private static readonly Func<CatalogDb, string[], IAsyncEnumerable<ProductView>> _findProducts = EF.CompileAsyncQuery(
        (CatalogDb db, string[] skus) => db.Products.AsNoTracking()
            .Where(product => skus.Contains(product.Sku))
            .Select(product => new ProductView(
                product.Sku, product.Name, product.Description, product.Category, new Money(product.Price.Amount, product.Price.Currency), product.Stock.OnHand - product.Stock.Reserved, product.CreatedAt)));

    public CatalogDb(DbContextOptions<CatalogDb> options) : base(options) =>
        // A transaction of ours succeeds or fails as a whole; savepoints would be two more round trips while stock is locked.
        Database.AutoSavepointsEnabled = false;

    public DbSet<Product> Products => Set<Product>();
    public DbSet<StockItem> Stock => Set<StockItem>();
    public DbSet<AdjustmentEntry> Adjustments => Set<AdjustmentEntry>();
    public DbSet<Reservation> Reservations => Set<Reservation>();
    public DbSet<ReservationLine> ReservationLines => Set<ReservationLine>();

    // The two that carts and product pages ask all day are compiled once.

    public Task<FoundProduct?> FindProductAsync(string sku, CancellationToken cancellationToken) => _findProduct(this, sku, cancellationToken);

    public IAsyncEnumerable<ProductView> FindProductsAsync(string[] skus) => _findProducts(this, skus);

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<Product>(product =>
        {
            product.ToTable("products", table =>
            {
                table.HasCheckConstraint("products_sku", $"sku ~ '{Product.SkuPattern}'");
                table.HasCheckConstraint("products_texts", "name ~ '\\S' and description ~ '\\S' and category ~ '\\S'");
                table.HasCheckConstraint("products_price", $"price_amount between 0 and {Product.HighestPrice} and price_currency ~ '{Product.CurrencyPattern}'");
                table.HasCheckConstraint("products_version", "version > 0");
            });
            product.HasKey(p => p.Sku);
            product.Property(p => p.Sku).HasColumnName("sku").HasMaxLength(Product.SkuLength).UseCollation(ByteOrder);
            product.Property(p => p.Name).HasColumnName("name").HasMaxLength(Product.NameLength).UseCollation(PeoplesOrder);
            product.Property(p => p.Description).HasColumnName("description").HasMaxLength(Product.DescriptionLength);
            product.Property(p => p.Category).HasColumnName("category").HasMaxLength(Product.CategoryLength);
            product.ComplexProperty(p => p.Price, price =>
            {
                price.Property(money => money.Amount).HasColumnName("price_amount");
                price.Property(money => money.Currency).HasColumnName("price_currency").HasMaxLength(3).IsFixedLength();
            });
            product.Property(p => p.CreatedAt).HasColumnName("created_at");
            product.Property(p => p.Version).HasColumnName("version");
            product.Property(p => p.Search).HasColumnName("search").HasComputedColumnSql(SearchIndex.Sql, stored: true);
            product.HasIndex(p => p.Search).HasMethod("gin").HasDatabaseName("products_by_word");
            // Those that cross the border into the complex price, and their twins for one category, are in the migration: EF has no words for them.
            product.HasIndex(p => new { p.Name, p.Sku }).HasDatabaseName("products_by_name");
            product.HasIndex(p => new { p.CreatedAt, p.Sku }).HasDatabaseName("products_by_age");
            product.HasIndex(p => new { p.Category, p.Name, p.Sku }).HasDatabaseName("products_by_category_and_name");
            product.HasIndex(p => new { p.Category, p.CreatedAt, p.Sku }).HasDatabaseName("products_by_category_and_age");
            product.HasOne(p => p.Stock).WithOne().HasForeignKey<StockItem>(i => i.Sku).OnDelete(DeleteBehavior.Restrict);
            product.Navigation(p => p.Stock).IsRequired();
        });

        model.Entity<StockItem>(item =>
        {
            item.ToTable("stock", table => table.HasCheckConstraint(
                "stock_never_negative", $"reserved >= 0 and reserved <= on_hand and on_hand <= {StockItem.MostPieces}"));
            item.HasKey(i => i.Sku);
            item.Property(i => i.Sku).HasColumnName("sku").HasMaxLength(Product.SkuLength).UseCollation(ByteOrder);
            item.Property(i => i.OnHand).HasColumnName("on_hand");
            item.Property(i => i.Reserved).HasColumnName("reserved");
        });

        model.Entity<AdjustmentEntry>(entry =>
        {
            entry.ToTable("stock_adjustments", table => table.HasCheckConstraint("stock_adjustments_on_hand", "on_hand >= 0"));
            entry.HasKey(e => new { e.Sku, e.Key });
            entry.Property(e => e.Sku).HasColumnName("sku").HasMaxLength(Product.SkuLength).UseCollation(ByteOrder);
            entry.Property(e => e.Key).HasColumnName("key").HasMaxLength(128);
            entry.Property(e => e.Delta).HasColumnName("delta");
            entry.Property(e => e.Reason).HasColumnName("reason").HasMaxLength(200);
            entry.Property(e => e.OnHand).HasColumnName("on_hand");
            entry.Property(e => e.At).HasColumnName("at");
            entry.HasOne<StockItem>().WithMany().HasForeignKey(e => e.Sku).OnDelete(DeleteBehavior.Restrict);
        });

        model.Entity<Reservation>(reservation =>
        {
            reservation.ToTable("reservations", table =>
            {
                table.HasCheckConstraint("reservations_state", $"state in ('{string.Join("', '", Enum.GetNames<ReservationState>())}')");
                table.HasCheckConstraint("reservations_expire_while_held", "(state = 'Held') = (expires_at is not null)");
            });
            reservation.HasKey(r => r.OrderId);
            reservation.Property(r => r.OrderId).HasColumnName("order_id").ValueGeneratedNever();
            reservation.Property(r => r.State).HasColumnName("state").HasMaxLength(16).HasConversion<string>();
            reservation.Property(r => r.ChangedAt).HasColumnName("changed_at");
            reservation.Property(r => r.ExpiresAt).HasColumnName("expires_at");
            reservation.Property(r => r.Journey).HasColumnName("journey").HasMaxLength(JourneySnapshot.MaxLength);
            // Of all orders there ever were it holds those few that wait.
            reservation.HasIndex(r => r.ExpiresAt).HasFilter("state = 'Held'").HasDatabaseName("reservations_by_expiry");
            reservation.HasMany(r => r.Lines).WithOne().HasForeignKey(line => line.OrderId);
        });

        model.Entity<ReservationLine>(line =>
        {
            line.ToTable("reservation_lines", table => table.HasCheckConstraint("reservation_lines_quantity", "quantity > 0"));
            line.HasKey(l => new { l.OrderId, l.Sku });
            line.Property(l => l.OrderId).HasColumnName("order_id");
            line.Property(l => l.Sku).HasColumnName("sku").HasMaxLength(Product.SkuLength).UseCollation(ByteOrder);
            line.Property(l => l.Quantity).HasColumnName("quantity");
            line.HasOne<StockItem>().WithMany().HasForeignKey(l => l.Sku).OnDelete(DeleteBehavior.Restrict);
        });
    }
}

/// <summary>A product, and the version of what it says.</summary>
internal sealed record FoundProduct(ProductView Product, int Version);
