using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration;

/// <summary>The OpenAPI documents of the services.</summary>
[Collection(WholeApplication.Name)]
public sealed class OpenApiTests(ShopApp shop)
{
    private const string SnapshotPath = "Shop.Tests/Integration/openapi-responses.txt";

    private static readonly string[] _services = ["catalog", "cart", "insights", "orders"];

    public static TheoryData<string> Services => [.. _services];

    [Fact]
    public async Task Operations_and_their_status_codes_are_those_of_the_snapshot()
    {
        var actual = new List<string>();
        foreach (var service in _services)
        {
            var operations =
                from operation in await OperationsAsync(service)
                let id = operation.Value.GetProperty("operationId").GetString()
                let statuses = Responses(operation.Value).Select(response => response.Name).Order()
                select $"{service} {operation.Route} {id} {string.Join(' ', statuses)}";
            actual.AddRange(operations.Order(StringComparer.Ordinal));
        }

        var path = Path.Combine(Repository.Root, SnapshotPath);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            await File.WriteAllLinesAsync(path, actual);
        }

        Assert.True(
            actual.SequenceEqual(await File.ReadAllLinesAsync(path)),
            $"{SnapshotPath} differs from the OpenAPI documents. Review the difference and update the file:\n"
            + $"  UPDATE_DOCS=1 dotnet test Shop.Tests --filter {nameof(Operations_and_their_status_codes_are_those_of_the_snapshot)}\n"
            + $"The documents have:\n{string.Join('\n', actual)}");
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Every_operation_has_a_summary_and_problem_details_for_client_errors(string service)
    {
        var operations = await OperationsAsync(service);

        Assert.NotEmpty(operations);
        Assert.All(operations, operation =>
        {
            Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
            var clientErrors = Responses(operation.Value).Where(response => response.Name[0] == '4').ToList();
            Assert.NotEmpty(clientErrors);
            Assert.All(clientErrors, response =>
            {
                var content = response.Value.GetProperty("content");
                Assert.True(content.TryGetProperty("application/problem+json", out _), $"{operation.Route} {response.Name}");
            });
        });
    }

    [Fact]
    public async Task Request_examples_of_the_cart_are_accepted()
    {
        var paths = (await DocumentAsync("cart")).GetProperty("paths");
        var cart = $"/api/v1/carts/{Guid.NewGuid():n}";
        (string Method, string Route, string Path, HttpStatusCode Status)[] requests =
        [
            ("put", "/api/v1/carts/{cartId}/lines/{sku}", $"{cart}/lines/{await shop.AnyProductAsync()}", HttpStatusCode.OK),
            ("post", "/api/v1/carts/{cartId}/merge", $"{cart}/merge", HttpStatusCode.OK),
            ("post", "/api/v1/carts/{cartId}/checkout", $"{cart}/checkout", HttpStatusCode.Accepted),
        ];
        foreach (var (method, route, path, status) in requests)
        {
            var body = paths.GetProperty(route).GetProperty(method).GetProperty("requestBody");
            var example = body.GetProperty("content").GetProperty("application/json").GetProperty("example");
            using var request = new HttpRequestMessage(new(method), path)
            {
                Headers = { { "Idempotency-Key", "example" } },
                Content = JsonContent.Create(example),
            };
            using var response = await shop.Cart.SendAsync(request);
            Assert.Equal(status, response.StatusCode);
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Every_operation_has_a_request_in_the_http_file(string service)
    {
        using var client = shop.App.CreateHttpClient(service, "http");
        var file = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "requests", $"{service}.http"));

        // POST {{cart}}/api/v1/carts/{{id}}/checkout
        var requests = Regex.Matches(file, $@"^([A-Z]+) \{{\{{{service}\}}\}}([^?\s]+)", RegexOptions.Multiline)
            .Select(match => (Method: match.Groups[1].Value, Path: match.Groups[2].Value))
            .ToList();

        var routes = (await OpenApiOperations.ReadAsync(client)).Routes;
        Assert.NotEmpty(routes);
        Assert.All(routes, route => Assert.Contains(requests, request =>
            request.Method.Equals(route.Method, StringComparison.OrdinalIgnoreCase) && route.Path.IsMatch(request.Path)));
    }

    [Fact]
    public async Task HEAD_is_answered_wherever_GET_is()
    {
        var sku = await shop.AnyProductAsync();
        var order = (await new Buyer(shop).BuyAsync("tok_ok")).OrderId;
        using var member = shop.CreateMemberClient("orders", "head");
        var session = await VisitAsync(sku);
        var answered = 0;
        foreach (var service in _services)
        {
            using var client = shop.CreateStaffClient(service, "http");
            foreach (var route in (await OperationsAsync(service)).Select(operation => operation.Route))
            {
                if (!route.StartsWith("get ", StringComparison.Ordinal))
                {
                    continue;
                }

                var path = route["get ".Length..].Replace("{sku}", sku, StringComparison.Ordinal)
                    .Replace("{cartId}", "head", StringComparison.Ordinal)
                    .Replace("{orderId}", $"{order}", StringComparison.Ordinal)
                    .Replace("{sessionId}", session, StringComparison.Ordinal);
                var caller = path is "/api/v1/orders" ? member : client;
                using var request = new HttpRequestMessage(HttpMethod.Head, path);
                using var head = await caller.SendAsync(request);
                using var get = await caller.GetAsync(path);
                Assert.Equal(HttpStatusCode.OK, get.StatusCode);
                Assert.Equal((get.StatusCode, get.Content.Headers.ContentType), (head.StatusCode, head.Content.Headers.ContentType));
                Assert.Empty(await head.Content.ReadAsByteArrayAsync());
                Assert.NotNull(head.Content.Headers.ContentLength);
                answered++;
            }
        }

        Assert.Equal(22, answered);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Operations_of_staff_and_members_and_no_others_have_the_bearer_token(string service)
    {
        foreach (var (route, operation) in await OperationsAsync(service))
        {
            var required = service is "insights"
                || route.Contains(" /api/v1/admin/", StringComparison.Ordinal)
                || route is "get /api/v1/orders";
            var optional = route is "post /api/v1/carts/{cartId}/checkout";
            Assert.Equal(required || optional, operation.TryGetProperty("security", out var security));
            Assert.Equal(required || optional, Responses(operation).Any(response => response.Name == "403"));
            if (required || optional)
            {
                // An empty requirement says that the operation can be called without a token.
                Assert.Equal(optional, security.EnumerateArray().Any(requirement => !requirement.EnumerateObject().Any()));
                Assert.True(security.EnumerateArray().Last().TryGetProperty("Bearer", out _));
                var scheme = (await DocumentAsync(service)).GetProperty("components").GetProperty("securitySchemes").GetProperty("Bearer");
                Assert.Equal(("http", "bearer"), (scheme.GetProperty("type").GetString(), scheme.GetProperty("scheme").GetString()));
            }
        }
    }

    // Returns the session of a visitor, whose events are stored.
    private async Task<string> VisitAsync(string sku)
    {
        using var storefront = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = shop.App.GetEndpoint("storefront", "http"),
        };
        var browser = new ScriptlessBrowser(storefront);
        var page = await browser.OpenAsync($"/products/{sku}");
        await browser.SubmitAsync(page, "#add-to-cart", ("quantity", "1"));
        return (await Eventually.ReadAsync(
            () => new Database(shop, "insightsdb").LinesAsync(
                "select session_id from events where sku = $1 and name = 'cart.line_added' and session_id is not null limit 1", sku),
            sessions => sessions.Count > 0))[0];
    }

    private async Task<JsonElement> DocumentAsync(string service)
    {
        using var client = shop.App.CreateHttpClient(service, "http");
        return await client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
    }

    private async Task<List<(string Route, JsonElement Value)>> OperationsAsync(string service) =>
    [
        .. from path in (await DocumentAsync(service)).GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           select ($"{operation.Name} {path.Name}", operation.Value),
    ];

    private static JsonElement.ObjectEnumerator Responses(JsonElement operation) => operation.GetProperty("responses").EnumerateObject();
}
