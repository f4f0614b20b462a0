using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Contracts;

namespace Shop.Catalog.Products;

/// <summary>
/// An order that a list of products can have. Each ends with the SKU, so that no two products are in the same place, and comes with
/// the way to go on after a given product: by its value, not by its number in the list, which changes while somebody reads.
/// </summary>
internal abstract class ProductSort
{
    public const string NamePattern = "^(relevance|name|price|-price|newest)$";

    public static ProductSort Of(string name, SearchQuery? words) => name switch
    {
        "relevance" when words is not null => new ByRelevance(words),
        "name" => new ByName(),
        "price" => new ByPrice(),
        "-price" => new ByPriceDescending(),
        "newest" => new ByNewest(),
        _ => throw new ArgumentException($"Products cannot be sorted by {name}.", nameof(name)),
    };

    public virtual IQueryable<ProductRow> View(IQueryable<Product> products) =>
        products.AsNoTracking().Select(ProductView.OfProduct).Select(view => new ProductRow(view, 0f));

    public abstract IQueryable<Product> Sorted(IQueryable<Product> products);

    /// <summary>Those after the cursor; null when its value cannot be one of this order.</summary>
    public abstract IQueryable<Product>? After(IQueryable<Product> products, Cursor cursor);

    /// <summary>What a row is sorted by, as text that gives back the same value.</summary>
    public abstract string ValueOf(ProductRow row);

    private sealed class ByName : ProductSort
    {
        public override IQueryable<Product> Sorted(IQueryable<Product> products) =>
            products.OrderBy(product => product.Name).ThenBy(product => product.Sku);

        public override IQueryable<Product> After(IQueryable<Product> products, Cursor cursor) => products.Where(product =>
            EF.Functions.GreaterThan(ValueTuple.Create(product.Name, product.Sku), ValueTuple.Create(cursor.Value, cursor.Sku)));

        public override string ValueOf(ProductRow row) => row.Product.Name;
    }

    private class ByPrice : ProductSort
    {
        public override IQueryable<Product> Sorted(IQueryable<Product> products) =>
            products.OrderBy(product => product.Price.Amount).ThenBy(product => product.Sku);

        public override IQueryable<Product>? After(IQueryable<Product> products, Cursor cursor) => Number(cursor.Value) is { } price
            ? products.Where(product => EF.Functions.GreaterThan(ValueTuple.Create(product.Price.Amount, product.Sku), ValueTuple.Create(price, cursor.Sku)))
            : null;

        public override string ValueOf(ProductRow row) => Text(row.Product.Price.Amount);
    }

    private sealed class ByPriceDescending : ByPrice
    {
        public override IQueryable<Product> Sorted(IQueryable<Product> products) =>
            products.OrderByDescending(product => product.Price.Amount).ThenByDescending(product => product.Sku);

        public override IQueryable<Product>? After(IQueryable<Product> products, Cursor cursor) => Number(cursor.Value) is { } price
            ? products.Where(product => EF.Functions.LessThan(ValueTuple.Create(product.Price.Amount, product.Sku), ValueTuple.Create(price, cursor.Sku)))
            : null;
    }

    private sealed class ByNewest : ProductSort
    {
        public override IQueryable<Product> Sorted(IQueryable<Product> products) =>
            products.OrderByDescending(product => product.CreatedAt).ThenByDescending(product => product.Sku);

        public override IQueryable<Product>? After(IQueryable<Product> products, Cursor cursor)
        {
            if (Number(cursor.Value) is not { } ticks || ticks < DateTime.UnixEpoch.Ticks || ticks > DateTime.MaxValue.Ticks)
                return null;
            var createdAt = new DateTimeOffset(ticks, TimeSpan.Zero);
            return products.Where(product =>
                EF.Functions.LessThan(ValueTuple.Create(product.CreatedAt, product.Sku), ValueTuple.Create(createdAt, cursor.Sku)));
        }

        public override string ValueOf(ProductRow row) => Text(row.Product.CreatedAt.UtcTicks);
    }

    // A product's rank depends on the product and the words alone, so it is the same for the next page.
    private sealed class ByRelevance(SearchQuery words) : ProductSort
    {
        public override IQueryable<ProductRow> View(IQueryable<Product> products) =>
            products.AsNoTracking().Select(product => new ProductRow(
                new ProductView(
                    product.Sku, product.Name, product.Description, product.Category, new Money(product.Price.Amount, product.Price.Currency), product.Stock.OnHand - product.Stock.Reserved, product.CreatedAt),
                product.Search!.Rank(EF.Functions.ToTsQuery(SearchIndex.Stems, words.Text).Or(EF.Functions.ToTsQuery(SearchIndex.Words, words.Text)))));

        public override IQueryable<Product> Sorted(IQueryable<Product> products) => products
            .OrderByDescending(product =>
                product.Search!.Rank(EF.Functions.ToTsQuery(SearchIndex.Stems, words.Text).Or(EF.Functions.ToTsQuery(SearchIndex.Words, words.Text))))
            .ThenByDescending(product => product.Sku);

        public override IQueryable<Product>? After(IQueryable<Product> products, Cursor cursor)
        {
            if (Number(cursor.Value) is not (<= uint.MaxValue and var bits))
                return null;
            var rank = BitConverter.UInt32BitsToSingle((uint)bits);
            return products.Where(product => EF.Functions.LessThan(
                ValueTuple.Create(
                    product.Search!.Rank(EF.Functions.ToTsQuery(SearchIndex.Stems, words.Text).Or(EF.Functions.ToTsQuery(SearchIndex.Words, words.Text))),
                    product.Sku),
                ValueTuple.Create(rank, cursor.Sku)));
        }

        public override string ValueOf(ProductRow row) => Text(BitConverter.SingleToUInt32Bits(row.Rank));
    }

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
