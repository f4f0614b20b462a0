using System.Globalization;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;

namespace Shop.Catalog.Products;

/// <summary>
/// A sort order of product lists. Each ends with the SKU, so that the order is total, and selects the products after a cursor by the
/// cursor's value instead of an offset, which shifts when products are added or removed.
/// </summary>
internal abstract class ProductSort
{
    public const string NamePattern = "^(relevance|name|price|-price|newest)$";
    public const string Relevance = "relevance";
    public const string Name = "name";

    public virtual Expression<Func<Product, ProductRow>> Projection => ProductRow.Projection;

    /// <exception cref="ArgumentException">No sort order has this name, or it is relevance without a search.</exception>
    public static ProductSort Create(string name, SearchQuery? search) => name switch
    {
        Relevance when search is not null => new ByRelevance(search),
        Name => new ByName(),
        "price" => new ByPrice(),
        "-price" => new ByPriceDescending(),
        "newest" => new ByNewest(),
        _ => throw new ArgumentException($"Products cannot be sorted by '{name}'.", nameof(name)),
    };

    public abstract IQueryable<Product> OrderBy(IQueryable<Product> products);

    /// <summary>Returns the products after a cursor, or null if the cursor's value is invalid for this sort order.</summary>
    public abstract IQueryable<Product>? After(IQueryable<Product> products, ProductCursor cursor);

    /// <summary>Returns the value of a row in this sort order, as text that converts back to the same value.</summary>
    public abstract string GetValue(ProductRow row);

    private static long? ParseNumber(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string FormatNumber(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class ByName : ProductSort
    {
        public override IQueryable<Product> OrderBy(IQueryable<Product> products) =>
            products.OrderBy(product => product.Name).ThenBy(product => product.Sku);

        public override IQueryable<Product> After(IQueryable<Product> products, ProductCursor cursor) => products.Where(product =>
            EF.Functions.GreaterThan(ValueTuple.Create(product.Name, product.Sku), ValueTuple.Create(cursor.SortValue, cursor.Sku)));

        public override string GetValue(ProductRow row) => row.Product.Name;
    }

    private class ByPrice : ProductSort
    {
        public override IQueryable<Product> OrderBy(IQueryable<Product> products) =>
            products.OrderBy(product => product.Price.Amount).ThenBy(product => product.Sku);

        public override IQueryable<Product>? After(IQueryable<Product> products, ProductCursor cursor) =>
            ParseNumber(cursor.SortValue) is { } price
                ? products.Where(product => EF.Functions.GreaterThan(
                    ValueTuple.Create(product.Price.Amount, product.Sku), ValueTuple.Create(price, cursor.Sku)))
                : null;

        public override string GetValue(ProductRow row) => FormatNumber(row.Product.Price.Amount);
    }

    private sealed class ByPriceDescending : ByPrice
    {
        public override IQueryable<Product> OrderBy(IQueryable<Product> products) =>
            products.OrderByDescending(product => product.Price.Amount).ThenByDescending(product => product.Sku);

        public override IQueryable<Product>? After(IQueryable<Product> products, ProductCursor cursor) =>
            ParseNumber(cursor.SortValue) is { } price
                ? products.Where(product => EF.Functions.LessThan(
                    ValueTuple.Create(product.Price.Amount, product.Sku), ValueTuple.Create(price, cursor.Sku)))
                : null;
    }

    private sealed class ByNewest : ProductSort
    {
        public override IQueryable<Product> OrderBy(IQueryable<Product> products) =>
            products.OrderByDescending(product => product.CreatedAt).ThenByDescending(product => product.Sku);

        public override IQueryable<Product>? After(IQueryable<Product> products, ProductCursor cursor)
        {
            if (ParseNumber(cursor.SortValue) is not { } ticks || ticks < DateTime.UnixEpoch.Ticks || ticks > DateTime.MaxValue.Ticks)
            {
                return null;
            }

            var createdAt = new DateTimeOffset(ticks, TimeSpan.Zero);
            return products.Where(product =>
                EF.Functions.LessThan(ValueTuple.Create(product.CreatedAt, product.Sku), ValueTuple.Create(createdAt, cursor.Sku)));
        }

        public override string GetValue(ProductRow row) => FormatNumber(row.Product.CreatedAt.UtcTicks);
    }

    // The rank of a product depends on the product and the words alone, so it is the same in the query of the next page.
    private sealed class ByRelevance(SearchQuery search) : ProductSort
    {
        private readonly string _words = search.Words;
        private readonly string _stems = search.Stems;

        public override Expression<Func<Product, ProductRow>> Projection => ProductRow.RankedBy(search);

        public override IQueryable<Product> OrderBy(IQueryable<Product> products) => products
            .OrderByDescending(product => product.Search!.Rank(SearchIndex.Query(_words, _stems))).ThenByDescending(product => product.Sku);

        public override IQueryable<Product>? After(IQueryable<Product> products, ProductCursor cursor)
        {
            if (ParseNumber(cursor.SortValue) is not (<= uint.MaxValue and var bits))
            {
                return null;
            }

            var rank = BitConverter.UInt32BitsToSingle((uint)bits);
            return products.Where(product => EF.Functions.LessThan(
                ValueTuple.Create(product.Search!.Rank(SearchIndex.Query(_words, _stems)), product.Sku),
                ValueTuple.Create(rank, cursor.Sku)));
        }

        public override string GetValue(ProductRow row) => FormatNumber(BitConverter.SingleToUInt32Bits(row.Rank));
    }
}
