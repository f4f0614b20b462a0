using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Shop.Catalog.Data;
using Shop.Catalog.Products;

namespace Shop.Catalog.Stock;

internal sealed class StockItemConfiguration : IEntityTypeConfiguration<StockItem>
{
    public void Configure(EntityTypeBuilder<StockItem> builder)
    {
        builder.ToTable("stock", table => table.HasCheckConstraint(
            "stock_never_negative", $"reserved >= 0 and reserved <= on_hand and on_hand <= {StockItem.MaxQuantity}"));
        builder.HasKey(item => item.Sku);
        builder.Property(item => item.Sku).HasColumnName("sku").HasMaxLength(Product.MaxSkuLength).UseCollation(Collations.Ordinal);
        builder.Property(item => item.OnHand).HasColumnName("on_hand");
        builder.Property(item => item.Reserved).HasColumnName("reserved");
    }
}
