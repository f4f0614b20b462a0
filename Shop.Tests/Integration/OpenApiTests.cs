using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.Tests.Integration;

/// <summary>What the services say of themselves, held against what they do.</summary>
[Collection(WholeApplication.Name)]
public sealed class OpenApiTests(ShopApp shop)
{
    [Fact]
    public async Task The_catalog_says_what_it_does() => AssertSays(await DocumentAsync(shop.Catalog), new()
    {
        ["get /api/v1/products"] = "listProducts 200 400",
        ["get /api/v1/products/{sku}"] = "getProduct 200 304 400 404",
        ["post /api/v1/admin/products"] = "createProduct 201 400 409",
        ["get /api/v1/admin/products/{sku}"] = "readProduct 200 304 400 404",
        ["put /api/v1/admin/products/{sku}"] = "updateProduct 200 400 404 412 428",
        ["get /api/v1/admin/products/{sku}/stock"] = "readStock 200 400 404",
        ["post /api/v1/admin/products/{sku}/stock/adjustments"] = "adjustStock 200 400 404 409 422",
    });

    [Fact]
    public async Task Orders_say_what_they_do() => AssertSays(await DocumentAsync(shop.Orders), new()
    {
        ["get /api/v1/orders"] = "listOrders 200 400",
        ["get /api/v1/orders/{orderId}"] = "getOrder 200 304 404",
        ["post /api/v1/orders/{orderId}/cancel"] = "cancelOrder 200 400 404 409",
        ["post /api/v1/orders/{orderId}/refund"] = "refundOrder 200 400 404 409",
        ["post /payment/confirm"] = "confirmPayment 200 400 401 404 409 413 422",
    });

    private static Task<JsonElement> DocumentAsync(HttpClient service) => service.GetFromJsonAsync<JsonElement>("/openapi/v1.json");

    private static void AssertSays(JsonElement document, Dictionary<string, string> expected)
    {
        var operations = (from path in document.GetProperty("paths").EnumerateObject()
                          from operation in path.Value.EnumerateObject()
                          where path.Name.StartsWith("/api/v1/", StringComparison.Ordinal) || path.Name.StartsWith("/payment", StringComparison.Ordinal)
                          select (Route: $"{operation.Name} {path.Name}", operation.Value)).ToList();
        var said = operations.ToDictionary(
            operation => operation.Route,
            operation => $"{operation.Value.GetProperty("operationId").GetString()} {string.Join(' ', Responses(operation.Value).Select(response => response.Name).Order())}");

        Assert.Equal(expected.OrderBy(x => x.Key, StringComparer.Ordinal), said.Where(x => expected.ContainsKey(x.Key)).OrderBy(x => x.Key, StringComparer.Ordinal));
        Assert.All(operations, operation =>
        {
            Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
            Assert.All(Responses(operation.Value).Where(response => response.Name[0] == '4'), response =>
                Assert.True(response.Value.GetProperty("content").TryGetProperty("application/problem+json", out _), $"{operation.Route} {response.Name}"));
        });
    }

    private static JsonElement.ObjectEnumerator Responses(JsonElement operation) => operation.GetProperty("responses").EnumerateObject();
}
