using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Shop.Catalog.Data;
using Shop.Catalog.Products;

namespace Shop.Catalog.Stock;

internal sealed class StockAdjustmentEntryConfiguration : IEntityTypeConfiguration<StockAdjustmentEntry>
{
    public void Configure(EntityTypeBuilder<StockAdjustmentEntry> builder)
    {
        builder.ToTable("stock_adjustments", table => table.HasCheckConstraint("stock_adjustments_on_hand", "on_hand >= 0"));
        builder.HasKey(entry => new { entry.Sku, entry.Key });
        builder.Property(entry => entry.Sku).HasColumnName("sku").HasMaxLength(Product.MaxSkuLength).UseCollation(Collations.Ordinal);
        builder.Property(entry => entry.Key).HasColumnName("key").HasMaxLength(128);
        builder.Property(entry => entry.Delta).HasColumnName("delta");
        builder.Property(entry => entry.Reason).HasColumnName("reason").HasMaxLength(StockAdjustmentEntry.MaxReasonLength);
        builder.Property(entry => entry.OnHand).HasColumnName("on_hand");
        builder.Property(entry => entry.At).HasColumnName("at");
        builder.HasOne<StockItem>().WithMany().HasForeignKey(entry => entry.Sku).OnDelete(DeleteBehavior.Restrict);
    }
}
