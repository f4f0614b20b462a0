using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.Tests.Integration.Support;
using Xunit.Abstractions;

namespace Shop.Tests.Integration;

/// <summary>A part of the shop goes away in the middle of a run of checkouts and comes back: nothing is lost, and nothing happens twice.</summary>
[Collection(BrokenApplication.Name)]
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
    public Task A_kill_in_the_middle_of_checkouts_loses_none_and_doubles_none(string resource) => CheckOutDuringAsync(resource, outage => outage.KillAsync());

    [Theory]
    [InlineData("orders")]
    [InlineData("catalog")]
    [InlineData("cart")]
    [InlineData("redis")]
    [InlineData("postgres")]
    [InlineData("rabbitmq")]
    public Task A_stop_in_the_middle_of_checkouts_loses_none_and_doubles_none(string resource) => CheckOutDuringAsync(resource, outage => outage.StopAsync());

    [Fact]
    public async Task While_the_catalog_is_away_a_cart_is_read_and_changed_and_says_that_its_prices_are_not_confirmed()
    {
        var sku = await new Shopkeeper(shop).AddAsync(onHand: 5);
        var visitor = new Visitor(shop);
        await visitor.PutAsync(sku, 1);
        var outage = new Outage(shop.App, "catalog");
        await outage.StopAsync();
        try
        {
            await visitor.PutAsync(sku, 2);
            var cart = await shop.Cart.GetFromJsonAsync<JsonElement>($"/api/v1/carts/{visitor.CartId}");
            Assert.False(cart.GetProperty("pricesConfirmed").GetBoolean());
            Assert.Equal((2, JsonValueKind.Null), (cart.GetProperty("itemCount").GetInt32(), cart.GetProperty("total").ValueKind));

            using var refused = await visitor.TryCheckOutAsync(key: "once");
            var problem = await refused.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "prices_unavailable"), (refused.StatusCode, problem.GetProperty("code").GetString()));
        }
        finally
        {
            await outage.EndAsync();
        }

        using var accepted = await Eventually.ReadAsync(() => visitor.TryCheckOutAsync(key: "once"), answer => answer.StatusCode == HttpStatusCode.Accepted);
        Assert.Equal("Confirmed", (await visitor.SettledAsync(accepted.Headers.Location!.ToString())).Status);
    }

    private async Task CheckOutDuringAsync(string resource, Func<Outage, Task> begin)
    {
        var over = new TaskCompletionSource();
        var rush = new Rush(shop, over.Task);
        var outage = new Outage(shop.App, resource);

        var running = rush.RunAsync();
        try
        {
            await rush.UnderWay;
            await begin(outage);
            await outage.EndAsync();
        }
        finally
        {
            over.SetResult();
            await running;
        }

        await rush.AssertNothingLostOrDoubledAsync();
        output.WriteLine($"{rush.Customers} customers, {rush.Retried} requests were sent again.");
    }
}

/// <summary>An application of their own for tests that break it; they run alone, after the others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BrokenApplication : ICollectionFixture<ShopApp>
{
    public const string Name = "An application that things happen to";
}
