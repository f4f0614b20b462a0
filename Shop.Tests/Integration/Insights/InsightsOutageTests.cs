using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>Journey events while Insights, the broker or the database is killed.</summary>
[Collection(OutageApplication.Name)]
[Trait("Category", "Long")]
public sealed class InsightsOutageTests(ShopApp shop)
{
    private const int Messages = 2000;

    private readonly Database _db = new(shop, "insightsdb");

    [Theory]
    [InlineData("insights")]
    [InlineData("postgres")]
    public async Task Killing_a_resource_loses_no_event_and_doubles_none(string resource)
    {
        var outage = new ResourceOutage(shop.App, resource);
        var session = $"killed-{Guid.NewGuid():N}";

        var publishing = PublishAsync(session);
        await Eventually.ReadAsync(() => CountAsync(session), count => count > 0);
        await outage.KillAsync();
        await publishing;
        await outage.EndAsync();

        await AssertStoredOnceAsync(session);
    }

    [Fact]
    public async Task Two_replicas_share_the_events_and_store_each_once()
    {
        var session = $"replicas-{Guid.NewGuid():N}";
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:rabbitmq"] = await shop.ConnectionStringAsync("rabbitmq"),
            ["ConnectionStrings:insightsdb"] = await shop.ConnectionStringAsync("insightsdb"),
        });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddDatabase();
        builder.AddEvents();
        using var replica = builder.Build();
        await replica.StartAsync();

        await PublishAsync(session);

        await AssertStoredOnceAsync(session);
        await replica.StopAsync();
    }

    [Fact]
    public async Task Database_that_refuses_what_Insights_does_keeps_all_events_in_the_queue()
    {
        var session = $"refused-{Guid.NewGuid():N}";
        await using var broker = await BrokerClient.OpenAsync(shop);
        var failed = await broker.CountAsync("insights-journey-events_error");

        await _db.RunAsync("alter table events rename to events_of_another_version");
        try
        {
            await PublishAsync(session);
            await WaitForHealthAsync("Degraded");
        }
        finally
        {
            await _db.RunAsync("alter table events_of_another_version rename to events");
        }

        await AssertStoredOnceAsync(session);
        await WaitForHealthAsync("Healthy");
        Assert.Equal(failed, await broker.CountAsync("insights-journey-events_error"));
    }

    private async Task WaitForHealthAsync(string status)
    {
        using var client = shop.CreateStaffClient("insights", "management");
        await Eventually.ReadAsync(
            () => client.GetStringAsync("/admin/health"),
            health => JsonDocument.Parse(health).RootElement.GetProperty("checks").GetProperty("journey_events").GetProperty("status")
                .GetString() == status);
    }

    private async Task PublishAsync(string session)
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        for (var message = 0; message < Messages; message++)
        {
            await broker.PublishAsync("insights-journey-events", EventMessage.Create(session, "ok"), "event");
        }
    }

    private async Task AssertStoredOnceAsync(string session)
    {
        await Eventually.ReadAsync(() => TryCountAsync(session), count => count >= Messages);
        Assert.Equal(Messages, await CountAsync(session));
        Assert.Equal(Messages, await _db.ReadAsync<long>("select count(distinct event_id) from events where session_id = $1", session));
    }

    private Task<long> CountAsync(string session) => _db.ReadAsync<long>("select count(*) from events where session_id = $1", session);

    // The database may still be starting.
    private async Task<long> TryCountAsync(string session)
    {
        try
        {
            return await CountAsync(session);
        }
        catch (Npgsql.NpgsqlException)
        {
            return -1;
        }
    }
}
