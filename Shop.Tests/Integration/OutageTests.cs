using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.Tests.Integration.Support;
using Xunit.Abstractions;

namespace Shop.Tests.Integration;

/// <summary>Services and servers that stop or crash during checkouts and start again.</summary>
[Collection(OutageApplication.Name)]
[Trait("Category", "Long")]
public sealed class OutageTests(ShopApp shop, ITestOutputHelper output)
{
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
            var cart = await shop.Cart.GetFromJsonAsync<JsonElement>($"/api/v1/carts/{visitor.CartId}");
            Assert.False(cart.GetProperty("pricesConfirmed").GetBoolean());
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
