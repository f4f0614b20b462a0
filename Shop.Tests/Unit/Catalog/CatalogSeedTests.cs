using Microsoft.Extensions.Hosting;
using Shop.Catalog.Data;
using Shop.Catalog.Products;

namespace Shop.Tests.Unit.Catalog;

public class CatalogSeedTests
{
    [Fact]
    public async Task Invalid_setting_of_demo_products_stops_the_service_with_its_name()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "Shop.Catalog" });
        builder.Configuration["Catalog:DemoProducts"] = "perhaps";
        builder.Configuration["ConnectionStrings:catalogdb"] = "Host=127.0.0.1;Port=1;Database=catalogdb";
        builder.AddCatalogData();
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains("Catalog:DemoProducts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Seed_has_twenty_four_distinct_products_in_six_categories()
    {
        var products = CatalogSeed.CreateProducts(DateTimeOffset.UnixEpoch).ToList();
        Assert.Equal(24, products.Count);
        Assert.Equal(24, products.DistinctBy(product => product.Sku).Count());
        Assert.Equal(24, products.DistinctBy(product => product.Name).Count());
        Assert.Equal(6, products.DistinctBy(product => product.Category).Count());
        Assert.Equal(24, products.DistinctBy(product => product.CreatedAt).Count());
        Assert.All(products, product => Assert.Equal(product.Sku, product.Stock.Sku));
        Assert.All(products, product => Assert.Matches(Product.SkuPattern, product.Sku));
        Assert.All(products, product => Assert.Equal("EUR", product.Price.Currency));
    }
}
