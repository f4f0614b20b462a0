using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Shop.Catalog.Data;
using Shop.Catalog.Stock;

namespace Shop.Catalog.Products;

internal sealed class ProductConfiguration : IEntityTypeConfiguration<Product>
{
    public void Configure(EntityTypeBuilder<Product> builder)
    {
        builder.ToTable("products", table =>
        {
            table.HasCheckConstraint("products_sku", $"sku ~ '{Product.SkuPattern}'");
            table.HasCheckConstraint("products_texts", "name ~ '\\S' and description ~ '\\S' and category ~ '\\S'");
            table.HasCheckConstraint(
                "products_price", $"price_amount between 0 and {Product.MaxPrice} and price_currency ~ '^[A-Z]{{3}}$'");
            table.HasCheckConstraint("products_version", "version > 0");
        });
        builder.HasKey(product => product.Sku);
        builder.Property(product => product.Sku)
            .HasColumnName("sku").HasMaxLength(Product.MaxSkuLength).UseCollation(Collations.Ordinal);
        builder.Property(product => product.Name)
            .HasColumnName("name").HasMaxLength(Product.MaxNameLength).UseCollation(Collations.Unicode);
        builder.Property(product => product.Description).HasColumnName("description").HasMaxLength(Product.MaxDescriptionLength);
        builder.Property(product => product.Category).HasColumnName("category").HasMaxLength(Product.MaxCategoryLength);
        builder.ComplexProperty(product => product.Price, price =>
        {
            price.Property(money => money.Amount).HasColumnName("price_amount");
            price.Property(money => money.Currency).HasColumnName("price_currency").HasMaxLength(3).IsFixedLength();
        });
        builder.Property(product => product.CreatedAt).HasColumnName("created_at");
        builder.Property(product => product.Version).HasColumnName("version");
        builder.Property(product => product.Search).HasColumnName("search");
        builder.Property(product => product.SearchVersion).HasColumnName("search_version").HasDefaultValue(0);
        builder.Property(product => product.WordsVersion).HasColumnName("words_version").HasDefaultValue(0);

        // The indexes that contain the price are created by the migration, because EF Core does not support indexes on complex properties
        // (https://github.com/dotnet/efcore/issues/31246). Configure them here once it does.
        builder.HasIndex(product => product.Search).HasMethod("gin").HasDatabaseName("products_by_word");
        builder.HasIndex(product => product.Sku)
            .HasFilter($"words_version < {SearchWords.Version} or search_version <> version")
            .HasDatabaseName("products_with_outdated_search");
        builder.HasIndex(product => new { product.Name, product.Sku }).HasDatabaseName("products_by_name");
        builder.HasIndex(product => new { product.CreatedAt, product.Sku }).HasDatabaseName("products_by_age");
        builder.HasIndex(product => new { product.Category, product.Name, product.Sku })
            .HasDatabaseName("products_by_category_and_name");
        builder.HasIndex(product => new { product.Category, product.CreatedAt, product.Sku })
            .HasDatabaseName("products_by_category_and_age");

        builder.HasOne(product => product.Stock).WithOne().HasForeignKey<StockItem>(item => item.Sku).OnDelete(DeleteBehavior.Restrict);
        builder.Navigation(product => product.Stock).IsRequired();
    }
}
