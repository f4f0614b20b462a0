using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Shop.Catalog.Data;
using Shop.Catalog.Products;

namespace Shop.Catalog.Stock;

internal sealed class ReservationLineConfiguration : IEntityTypeConfiguration<ReservationLine>
{
    public void Configure(EntityTypeBuilder<ReservationLine> builder)
    {
        builder.ToTable("reservation_lines", table => table.HasCheckConstraint("reservation_lines_quantity", "quantity > 0"));
        builder.HasKey(line => new { line.OrderId, line.Sku });
        builder.Property(line => line.OrderId).HasColumnName("order_id");
        builder.Property(line => line.Sku).HasColumnName("sku").HasMaxLength(Product.MaxSkuLength).UseCollation(Collations.Ordinal);
        builder.Property(line => line.Quantity).HasColumnName("quantity");
        builder.HasOne<StockItem>().WithMany().HasForeignKey(line => line.Sku).OnDelete(DeleteBehavior.Restrict);
    }
}
