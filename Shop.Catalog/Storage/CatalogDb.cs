using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;

namespace Shop.Catalog.Storage;

internal sealed class CatalogDb : DbContext
{
    // Compares SKUs byte by byte: in the database, in pages and in the sequence of locks there is one order.
    private const string ByteOrder = "C";

    public CatalogDb(DbContextOptions<CatalogDb> options) : base(options) =>
        // A transaction of ours succeeds or fails as a whole; savepoints would be two more round trips while stock is locked.
        Database.AutoSavepointsEnabled = false;

    public DbSet<Product> Products => Set<Product>();
    public DbSet<StockItem> Stock => Set<StockItem>();
    public DbSet<Reservation> Reservations => Set<Reservation>();
    public DbSet<ReservationLine> ReservationLines => Set<ReservationLine>();

    /// <summary>Products as the outside sees them, with what can be bought now.</summary>
    public IQueryable<ProductView> View(IQueryable<Product> products) => products.AsNoTracking().Select(product => new ProductView(
        product.Sku,
        product.Name,
        product.Description,
        product.Category,
        product.Price,
        Stock.Where(item => item.Sku == product.Sku).Select(item => item.OnHand - item.Reserved).FirstOrDefault()));

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<Product>(product =>
        {
            product.ToTable("products", table => table.HasCheckConstraint("products_price", "price_amount >= 0"));
            product.HasKey(p => p.Sku);
            product.Property(p => p.Sku).HasColumnName("sku").HasMaxLength(Product.SkuLength).UseCollation(ByteOrder);
            product.Property(p => p.Name).HasColumnName("name").HasMaxLength(100);
            product.Property(p => p.Description).HasColumnName("description").HasMaxLength(2000);
            product.Property(p => p.Category).HasColumnName("category").HasMaxLength(50);
            product.ComplexProperty(p => p.Price, price =>
            {
                price.Property(money => money.Amount).HasColumnName("price_amount");
                price.Property(money => money.Currency).HasColumnName("price_currency").HasMaxLength(3).IsFixedLength();
            });
        });

        model.Entity<StockItem>(item =>
        {
            item.ToTable("stock", table => table.HasCheckConstraint("stock_never_negative", "reserved >= 0 and reserved <= on_hand"));
            item.HasKey(i => i.Sku);
            item.Property(i => i.Sku).HasColumnName("sku").HasMaxLength(Product.SkuLength).UseCollation(ByteOrder);
            item.Property(i => i.OnHand).HasColumnName("on_hand");
            item.Property(i => i.Reserved).HasColumnName("reserved");
            item.HasOne<Product>().WithOne().HasForeignKey<StockItem>(i => i.Sku).OnDelete(DeleteBehavior.Restrict);
        });

        model.Entity<Reservation>(reservation =>
        {
            reservation.ToTable("reservations");
            reservation.HasKey(r => r.OrderId);
            reservation.Property(r => r.OrderId).HasColumnName("order_id").ValueGeneratedNever();
            reservation.Property(r => r.State).HasColumnName("state").HasMaxLength(16).HasConversion<string>();
            reservation.Property(r => r.ChangedAt).HasColumnName("changed_at");
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
