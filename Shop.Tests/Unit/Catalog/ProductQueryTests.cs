using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Products;
using Shop.Catalog.Storage;
using Shop.Tests.Unit.Support;

namespace Shop.Tests.Unit.Catalog;

public class ProductQueryTests
{
    [Fact]
    public async Task Reading_a_product_asks_for_what_is_shown_and_not_for_its_search_index()
    {
        var sent = new SentSql();
        await using var db = new CatalogDb(sent.Of<CatalogDb>());

        await db.FindProductAsync("MUG-01", CancellationToken.None);
        await db.FindProductsAsync(["MUG-01"]).ToListAsync();
        foreach (var sort in (string[])["name", "price", "-price", "newest"])
            await new ListingProducts(db).ListAsync(new ProductFilter(null, null, null, null), sort, after: null, 20, CancellationToken.None);

        Assert.Equal(6, sent.Commands.Count);
        Assert.All(sent.Commands, command => Assert.DoesNotContain("search", command, StringComparison.Ordinal));
    }
}
