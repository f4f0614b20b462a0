using Shop.Catalog.Products;
using Shop.Catalog.Storage;

namespace Shop.Tests.Unit.Catalog;

public class FirstProductsTests
{
    [Fact]
    public void There_are_twenty_four_products_in_several_categories_each_with_stock()
    {
        var products = FirstProducts.Since(DateTimeOffset.UnixEpoch).ToList();
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
