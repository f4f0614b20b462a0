using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Service1;

[Collection(WholeApplication.Name)]
public sealed class ProductOrderTests(ShopApp shop)
{
    [Fact]
    public async Task Confirmed_order_is_counted_for_its_product()
    {
        using var service = shop.App.CreateHttpClient("service1", "http");
        var visitor = new Visitor(shop);
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 5);
        await visitor.PutAsync(sku, quantity: 1);
        await visitor.WaitForOutcomeAsync(await visitor.CheckOutAsync());

        await Eventually.ReadAsync(
            () => service.GetFromJsonAsync<JsonElement>($"/api/v1/service1/products/{sku}"),
            product => product.GetProperty("orders").GetInt64() == 1);
    }
}
