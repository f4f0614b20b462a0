using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration;

/// <summary>What the services say of themselves, held against what they do.</summary>
[Collection(WholeApplication.Name)]
public sealed class OpenApiTests(ShopApp shop)
{
    [Fact]
    public async Task The_catalog_says_what_it_does() => AssertSays(await DocumentAsync(shop.Catalog), new()
    {
        ["get /api/v1/products"] = "listProducts 200 400 429 503",
        ["get /api/v1/products/{sku}"] = "getProduct 200 304 400 404 429 503",
        ["post /api/v1/admin/products"] = "createProduct 201 400 409 413 415 429 503",
        ["get /api/v1/admin/products/{sku}"] = "readProduct 200 304 400 404 429 503",
        ["put /api/v1/admin/products/{sku}"] = "updateProduct 200 400 404 412 413 415 428 429 503",
        ["get /api/v1/admin/products/{sku}/stock"] = "readStock 200 400 404 429 503",
        ["post /api/v1/admin/products/{sku}/stock/adjustments"] = "adjustStock 200 400 404 409 413 415 422 429 503",
    });

    [Fact]
    public async Task Carts_say_what_they_do() => AssertSays(await DocumentAsync(shop.Cart), new()
    {
        ["get /api/v1/carts/{cartId}"] = "getCart 200 304 400 429 503",
        ["put /api/v1/carts/{cartId}/lines/{sku}"] = "setLine 200 400 404 409 413 415 429 503",
        ["delete /api/v1/carts/{cartId}/lines/{sku}"] = "removeLine 204 400 429 503",
        ["post /api/v1/carts/{cartId}/merge"] = "mergeCart 200 400 413 415 429 503",
        ["post /api/v1/carts/{cartId}/checkout"] = "checkOut 202 400 409 413 415 422 429 503",
    });

    // What is not under /api is not counted, and so never too many.
    [Fact]
    public async Task Orders_say_what_they_do() => AssertSays(await DocumentAsync(shop.Orders), new()
    {
        ["get /api/v1/orders"] = "listOrders 200 400 429 503",
        ["get /api/v1/orders/{orderId}"] = "getOrder 200 304 404 429 503",
        ["post /api/v1/orders/{orderId}/cancel"] = "cancelOrder 200 400 404 409 413 415 429 503",
        ["post /api/v1/orders/{orderId}/refund"] = "refundOrder 200 400 404 409 413 415 429 503",
        ["post /payment/confirm"] = "confirmPayment 200 400 401 404 409 413 415 422 503",
    });

    [Fact]
    public async Task Examples_may_be_sent_as_they_stand()
    {
        var paths = (await DocumentAsync(shop.Cart)).GetProperty("paths");
        var cart = $"/api/v1/carts/{Guid.NewGuid():n}";
        (string Method, string Route, string Path, HttpStatusCode Answer)[] visit =
        [
            ("put", "/api/v1/carts/{cartId}/lines/{sku}", $"{cart}/lines/{await shop.AnyProductAsync()}", HttpStatusCode.OK),
            ("post", "/api/v1/carts/{cartId}/merge", $"{cart}/merge", HttpStatusCode.OK),
            ("post", "/api/v1/carts/{cartId}/checkout", $"{cart}/checkout", HttpStatusCode.Accepted),
        ];
        foreach (var (method, route, path, answer) in visit)
        {
            var example = paths.GetProperty(route).GetProperty(method).GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example");
            using var request = new HttpRequestMessage(new(method), path) { Headers = { { "Idempotency-Key", "example" } }, Content = JsonContent.Create(example) };
            using var response = await shop.Cart.SendAsync(request);
            Assert.Equal(answer, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("catalog")]
    [InlineData("cart")]
    [InlineData("orders")]
    public async Task Each_route_has_a_request_to_try_it_with(string service)
    {
        using var client = shop.App.CreateHttpClient(service, "http");
        var file = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "requests", $"{service}.http"));
        // POST {{cart}}/api/v1/carts/{{id}}/checkout
        var requests = Regex.Matches(file, $@"^([A-Z]+) \{{\{{{service}\}}\}}([^?\s]+)", RegexOptions.Multiline).Select(match => (Method: match.Groups[1].Value, Path: match.Groups[2].Value)).ToList();

        Assert.All((await Documented.ReadAsync(client)).Routes, route =>
            Assert.Contains(requests, request => request.Method.Equals(route.Method, StringComparison.OrdinalIgnoreCase) && route.Path.IsMatch(request.Path)));
    }

    private static Task<JsonElement> DocumentAsync(HttpClient service) => service.GetFromJsonAsync<JsonElement>("/openapi/v1.json");

    private static void AssertSays(JsonElement document, Dictionary<string, string> expected)
    {
        var operations = (from path in document.GetProperty("paths").EnumerateObject()
                          from operation in path.Value.EnumerateObject()
                          select (Route: $"{operation.Name} {path.Name}", operation.Value)).ToList();
        var said = operations.ToDictionary(
            operation => operation.Route,
            operation => $"{operation.Value.GetProperty("operationId").GetString()} {string.Join(' ', Responses(operation.Value).Select(response => response.Name).Order())}");

        Assert.Equal(expected.OrderBy(x => x.Key, StringComparer.Ordinal), said.OrderBy(x => x.Key, StringComparer.Ordinal));
        Assert.All(operations, operation =>
        {
            Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
            Assert.All(Responses(operation.Value).Where(response => response.Name[0] == '4'), response =>
                Assert.True(response.Value.GetProperty("content").TryGetProperty("application/problem+json", out _), $"{operation.Route} {response.Name}"));
        });
    }

    private static JsonElement.ObjectEnumerator Responses(JsonElement operation) => operation.GetProperty("responses").EnumerateObject();
}
