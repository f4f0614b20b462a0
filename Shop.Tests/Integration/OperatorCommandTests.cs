using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>The commands of an operator in the dashboard, run by the AppHost.</summary>
[Collection(OutageApplication.Name)]
[Trait("Category", "Long")]
public sealed class OperatorCommandTests(ShopApp shop)
{
    private const string Queue = "orders-checkout-submitted";

    [Fact]
    public async Task Failed_messages_are_replayed_and_discarded_by_commands()
    {
        using var management = shop.CreateStaffClient("orders", "management");
        await using var broker = await BrokerClient.OpenAsync(shop);
        Assert.Equal("0 messages replayed.", await RunAsync("orders", "replay-errors"));
        foreach (var id in (string[])["a/b", "c d"])
        {
            await broker.PublishAsync(Queue, [], id);
        }

        await WaitForFailedAsync(2);
        Assert.Equal("2 messages replayed.", await RunAsync("orders", "replay-errors"));
        await WaitForFailedAsync(2); // they fail again
        Assert.Equal("2 messages discarded.", await RunAsync("orders", "discard-errors"));
        await WaitForFailedAsync(0);

        Task WaitForFailedAsync(int count) => Eventually.ReadAsync(
            async () => (await management.GetFromJsonAsync<JsonElement>($"/admin/errors/{Queue}")).GetArrayLength(),
            failed => failed == count);
    }

    [Fact]
    public async Task Stock_of_every_product_grows_by_the_units_of_the_command()
    {
        var admin = new CatalogAdminClient(shop);
        var soldOut = await admin.AddAsync(onHand: 0);

        Assert.Matches("^7 units added to each of [1-9][0-9]* products\\.$", await RunAsync("catalog", "add-stock", ("units", "7")));
        Assert.Equal(new Level(7, 0, 7), await admin.StockAsync(soldOut));
    }

    // With containers, the key would be kept with those of the user, for all runs.
    [LocalInfrastructureFact]
    public async Task Key_of_personal_data_is_rotated_by_a_command()
    {
        var before = await new Buyer(shop).BuyAsync("tok_ok");
        await before.WaitForStatusAsync("Confirmed");
        var key = await ReadKeyAsync(before);

        var result = await RunAsync("orders", "rotate-personal-data-key");

        var next = $"{int.Parse(key, System.Globalization.CultureInfo.InvariantCulture) + 1}";
        Assert.StartsWith($"Key {next} is used.", result, StringComparison.Ordinal);
        await Eventually.ReadAsync(() => ReadKeyAsync(before), current => current == next);
        var after = await new Buyer(shop).BuyAsync("tok_ok");
        await after.WaitForStatusAsync("Confirmed");
        Assert.Equal(next, await ReadKeyAsync(after));
        await Eventually.ReadAsync(
            () => new Database(shop, "ordersdb").ReadAsync<long>("select count(*) from orders where recipient_key <> $1", next),
            remaining => remaining == 0);
    }

    [Fact]
    public async Task Reset_deletes_orders_carts_and_messages_and_restores_the_demonstration_data()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await shop.AnyProductAsync(), 1);

        Assert.StartsWith("All data was deleted.", await RunAsync("postgres", "reset-data"), StringComparison.Ordinal);

        using var order = await Eventually.ReadAsync(
            () => shop.Orders.GetAsync(buyer.Path), response => response.StatusCode is HttpStatusCode.NotFound);
        Assert.Equal(0, await visitor.LinesInCartAsync());
        using var product = await shop.Catalog.GetAsync($"/api/v1/products/{buyer.Sku}");
        Assert.Equal(HttpStatusCode.NotFound, product.StatusCode);
        var next = new Visitor(shop);
        await next.PutAsync(await shop.AnyProductAsync(), 1);
        Assert.Equal("Confirmed", (await next.WaitForOutcomeAsync(await next.CheckOutAsync())).Status);
    }

    [Fact]
    public async Task Command_without_the_service_that_it_needs_fails_with_one_line()
    {
        var identity = new ResourceOutage(shop.App, "identity");
        await identity.StopAsync();
        try
        {
            var result = await ExecuteAsync("catalog", "add-stock", ("units", "1"));
            Assert.False(result.Success);
            Assert.StartsWith("catalog: no token of staff from identity: ", result.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', result.Message!);
        }
        finally
        {
            await identity.EndAsync();
        }
    }

    [Theory]
    [InlineData("catalog", "add-stock", "units", "0")]
    //#if (withBench)
    [InlineData("visitors", "visit", "rate", "301")]
    [InlineData("storefront", "simulate-fault", "fault", "Fire")]
    //#endif
    public async Task Argument_that_is_not_valid_runs_nothing(string resource, string command, string argument, string value)
    {
        var result = await ExecuteAsync(resource, command, (argument, value));

        // The dashboard shows the reason beside the argument.
        Assert.Equal((false, "Command argument validation failed."), (result.Success, result.Message));
    }

    //#if (withBench)
    [Theory]
    [InlineData("LostRedirect", "^lost_redirect: trace [0-9a-f]{32}$")]
    [InlineData("GatewayTimeout", "^gateway_timeout: trace [0-9a-f]{32}$")]
    [InlineData("DeclinedCard", "^Order [0-9a-f-]{36}: Rejected$")]
    public async Task Fault_is_simulated_by_a_command_that_names_its_trace_or_order(string fault, string result)
    {
        await RunAsync("catalog", "add-stock", ("units", "10"));

        Assert.Matches(result, await RunAsync("storefront", "simulate-fault", ("fault", fault)));
    }

    [Fact]
    public async Task Visitors_start_with_the_rate_of_a_command()
    {
        await RunAsync("visitors", "visit", ("rate", "120"));
        await shop.App.ResourceNotifications.WaitForResourceAsync("visitors", KnownResourceStates.Running).WaitAsync(Eventually.Timeout);
        try
        {
            Assert.True(shop.App.ResourceNotifications.TryGetCurrentState("visitors", out var visitors));
            var arguments = visitors.Snapshot.Properties.Single(property => property.Name == "resource.appArgs").Value;
            Assert.Contains("--rate 120", string.Join(' ', (IEnumerable<string>)arguments!), StringComparison.Ordinal);
        }
        finally
        {
            await new ResourceOutage(shop.App, "visitors").StopAsync();
        }
    }

    //#endif
    private Task<string> ReadKeyAsync(Buyer buyer) =>
        new Database(shop, "ordersdb").ReadAsync<string>("select recipient_key from orders where order_id = $1", buyer.OrderId);

    private async Task<string> RunAsync(string resource, string command, params (string Name, string Value)[] arguments)
    {
        var result = await ExecuteAsync(resource, command, arguments);
        Assert.True(result.Success, result.Message);
        return result.Message ?? "";
    }

    private Task<ExecuteCommandResult> ExecuteAsync(string resource, string command, params (string Name, string Value)[] arguments)
    {
        Assert.True(shop.App.ResourceNotifications.TryGetCurrentState(resource, out var current));
        return shop.App.ResourceCommands.ExecuteCommandAsync(
            current.Resource,
            command,
            new InteractionInputCollection(
            [
                .. arguments.Select(argument => new InteractionInput
                {
                    Name = argument.Name,
                    InputType = InputType.Text,
                    Value = argument.Value,
                }),
            ]));
    }
}
