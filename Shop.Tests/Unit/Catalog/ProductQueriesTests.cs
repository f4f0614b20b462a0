using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Data;
using Shop.Catalog.Products;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Catalog;

public class ProductQueriesTests
{
    [Fact]
    public async Task Product_queries_do_not_read_the_search_vector()
    {
        var recorder = new SqlCommandRecorder();
        await using var db = new CatalogDbContext(recorder.CreateOptions<CatalogDbContext>());
        var products = new ProductQueries(db);

        await products.FindAsync("MUG-01", CancellationToken.None);
        await products.FindAsync(["MUG-01"]).ToListAsync();
        foreach (var sort in (string[])["name", "price", "-price", "newest"])
        {
            await products.ListAsync(new ProductFilter(null, null, null, null), sort, after: null, 20, CancellationToken.None);
        }

        Assert.Equal(6, recorder.Commands.Count);
        Assert.All(recorder.Commands, command => Assert.DoesNotContain("search", command, StringComparison.Ordinal));
    }
}
