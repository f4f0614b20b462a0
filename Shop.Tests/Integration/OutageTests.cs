using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using StackExchange.Redis;
using Xunit.Abstractions;

namespace Shop.Tests.Integration;

/// <summary>Services and servers that stop or crash during checkouts and start again.</summary>
[Collection(OutageApplication.Name)]
[Trait("Category", "Long")]
public sealed class OutageTests(ShopApp shop, ITestOutputHelper output) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    // A server is healthy before each service has connected to it again. The tests that follow use services that this one does not.
    public async Task DisposeAsync()
    {
        foreach (var service in InProcessService.Names)
        {
            using var client = shop.App.CreateHttpClient(service, "http");
            using var healthy = await Eventually.ReadAsync(() => client.GetAsync("/health"), response => response.IsSuccessStatusCode);
        }
    }

    [Theory]
    [InlineData("orders")]
    [InlineData("catalog")]
    [InlineData("cart")]
    [InlineData("redis")]
    [InlineData("postgres")]
    [InlineData("rabbitmq")]
    public Task Killing_a_resource_during_checkouts_loses_and_duplicates_nothing(string resource) =>
        CheckOutDuringAsync(resource, outage => outage.KillAsync());

    [Theory]
    [InlineData("orders")]
    [InlineData("catalog")]
    [InlineData("cart")]
    [InlineData("redis")]
    [InlineData("postgres")]
    [InlineData("rabbitmq")]
    public Task Stopping_a_resource_during_checkouts_loses_and_duplicates_nothing(string resource) =>
        CheckOutDuringAsync(resource, outage => outage.StopAsync());

    [Fact]
    public async Task Cart_can_be_changed_but_not_checked_out_while_the_catalog_is_down()
    {
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 5);
        var visitor = new Visitor(shop);
        await visitor.PutAsync(sku, 1);
        var outage = new ResourceOutage(shop.App, "catalog");
        await outage.StopAsync();
        try
        {
            (await visitor.TryPutAsync(sku, 2)).EnsureSuccessStatusCode().Dispose();
            // The price is known for some seconds.
            var cart = await Eventually.ReadAsync(
                () => shop.Cart.GetFromJsonAsync<JsonElement>($"/api/v1/carts/{visitor.CartId}"),
                cart => !cart.GetProperty("pricesConfirmed").GetBoolean());
            Assert.Equal((2, JsonValueKind.Null), (cart.GetProperty("itemCount").GetInt32(), cart.GetProperty("total").ValueKind));

            using var unavailable = await visitor.TryCheckOutAsync(key: "once");
            var problem = await unavailable.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal(HttpStatusCode.ServiceUnavailable, unavailable.StatusCode);
            Assert.Equal("prices_unavailable", problem.GetProperty("code").GetString());
        }
        finally
        {
            await outage.EndAsync();
        }

        using var accepted = await Eventually.ReadAsync(
            () => visitor.TryCheckOutAsync(key: "once"), response => response.StatusCode == HttpStatusCode.Accepted);
        Assert.Equal("Confirmed", (await visitor.WaitForOutcomeAsync(accepted.Headers.Location!.ToString())).Status);
    }

    [Fact]
    public async Task Requests_are_answered_503_within_seconds_while_the_database_is_down()
    {
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 5);
        var outage = new ResourceOutage(shop.App, "postgres");
        await outage.StopAsync();
        try
        {
            using var impatient = new CancellationTokenSource(TimeSpan.FromSeconds(15));
            var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => number % 2 == 0
                ? shop.Catalog.GetAsync($"/api/v1/products/{sku}", impatient.Token)
                : shop.Orders.GetAsync($"/api/v1/orders/{Guid.NewGuid()}", impatient.Token)));
            Assert.All(responses, response => Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode));
        }
        finally
        {
            await outage.EndAsync();
        }

        using var found = await Eventually.ReadAsync(
            () => shop.Catalog.GetAsync($"/api/v1/products/{sku}"), response => response.StatusCode == HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE")]
    [InlineData("CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0")]
    [InlineData("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0")]
    public async Task Carts_can_be_read_and_changes_are_answered_503_while_Redis_refuses_writes(string refuse, string accept)
    {
        var visitor = new Visitor(shop);
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 5);
        await visitor.PutAsync(sku, 1);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(
            $"{await shop.ConnectionStringAsync("redis")},allowAdmin=true");
        await RunAsync(redis, refuse);
        try
        {
            Assert.Equal(1, await visitor.LinesInCartAsync());
            using var changed = await visitor.TryPutAsync(sku, 2);
            await AssertUnavailableAsync(changed);
            using var checkedOut = await visitor.TryCheckOutAsync();
            await AssertUnavailableAsync(checkedOut);
            await Eventually.ReadAsync(ReadWriteCheckAsync, status => status == "Degraded");
        }
        finally
        {
            await RunAsync(redis, accept);
        }

        using var accepted = await Eventually.ReadAsync(
            () => visitor.TryPutAsync(sku, 2), response => response.StatusCode == HttpStatusCode.OK);
        await Eventually.ReadAsync(ReadWriteCheckAsync, status => status == "Healthy");
    }

    [Fact]
    public async Task Database_that_was_read_only_is_written_again_after_it_accepts_writes()
    {
        var admin = new CatalogAdminClient(shop);
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await admin.AddAsync(onHand: 5), 1);
        var server = new Database(shop, "postgres");
        var product = new
        {
            sku = CatalogAdminClient.NewSku(),
            name = "After failover",
            description = "Made for a test.",
            category = "tests",
            price = new { amount = 1, currency = "EUR" },
            onHand = 1,
        };
        string order;
        await server.RunAsync("alter database catalogdb set default_transaction_read_only = on");
        try
        {
            await server.RunAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'catalogdb'");
            // The first ones find closed connections.
            for (var attempt = 0; attempt < 10; attempt++)
            {
                using var refused = await admin.CreateAsync(product);
                await AssertUnavailableAsync(refused);
            }

            order = await visitor.CheckOutAsync();
        }
        finally
        {
            await server.RunAsync("alter database catalogdb reset default_transaction_read_only");
        }

        using var created = await Eventually.ReadAsync(
            () => admin.CreateAsync(product), response => response.StatusCode is HttpStatusCode.Created);
        Assert.Equal("Confirmed", (await visitor.WaitForOutcomeAsync(order)).Status);
    }

    private static async Task RunAsync(ConnectionMultiplexer redis, string command)
    {
        var words = command.Split(' ');
        await redis.GetServers()[0].ExecuteAsync(words[0], [.. words.Skip(1)]);
    }

    private static async Task AssertUnavailableAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode is HttpStatusCode.ServiceUnavailable, $"{response.StatusCode} {text}");
        Assert.Equal("unavailable", JsonDocument.Parse(text).RootElement.GetProperty("code").GetString());
    }

    private async Task<string?> ReadWriteCheckAsync()
    {
        using var management = shop.App.CreateHttpClient("cart", "management");
        using var response = await management.GetAsync("/admin/health");
        var health = await response.Content.ReadFromJsonAsync<JsonElement>();
        return health.GetProperty("checks").GetProperty("redis_writes").GetProperty("status").GetString();
    }

    private async Task CheckOutDuringAsync(string resource, Func<ResourceOutage, Task> begin)
    {
        var outageOver = new TaskCompletionSource();
        var load = new CheckoutLoad(shop, outageOver.Task);
        var outage = new ResourceOutage(shop.App, resource);

        var running = load.RunAsync();
        try
        {
            await load.UnderWay;
            await begin(outage);
            await outage.EndAsync();
        }
        finally
        {
            outageOver.SetResult();
            await running;
        }

        await load.AssertNothingLostOrDuplicatedAsync();
        output.WriteLine($"{load.Customers} customers, {load.Retries} requests were sent again.");
    }
}

/// <summary>The collection of tests that stop and kill parts of an application of their own. They run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OutageApplication : ICollectionFixture<ShopApp>
{
    public const string Name = "Application for outage tests";
}
