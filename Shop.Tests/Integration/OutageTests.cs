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

    private async Task CheckOutDuringAsync(string resource, Func<Outage, Task> begin)
    {
        var rush = new Rush(shop);
        var outage = new Outage(shop.App, resource);

        var over = new TaskCompletionSource();
        var running = rush.RunAsync(over.Task);
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
