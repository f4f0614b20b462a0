using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Shop.Contracts;

namespace Shop.Catalog.Products;

/// <summary>The result row of product queries.</summary>
/// <param name="Product">The product.</param>
/// <param name="Version">Version of the product.</param>
/// <param name="Rank">Search rank of the product; 0 without a search.</param>
internal sealed record ProductRow(ProductView Product, int Version, float Rank)
{
    /// <summary>Projection for queries without a search.</summary>
    public static Expression<Func<Product, ProductRow>> Projection { get; } = RankedBy(search: null);

    /// <summary>Projection with the search rank. It reads neither the entity nor the search vector, the largest column.</summary>
    /// <param name="search">The search, or null without one.</param>
    public static Expression<Func<Product, ProductRow>> RankedBy(SearchQuery? search)
    {
        var (words, stems) = (search?.Words, search?.Stems);
        return product => new ProductRow(
            new ProductView(
                product.Sku,
                product.Name,
                product.Description,
                product.Category,
                new Money(product.Price.Amount, product.Price.Currency),
                product.Stock.OnHand - product.Stock.Reserved,
                product.CreatedAt),
            product.Version,
            words == null ? 0f : product.Search!.Rank(SearchIndex.Query(words, stems!)));
    }
}
