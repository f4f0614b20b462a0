using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop.Contracts.Events;
using Shop.Messaging.JourneyEvents;
using Shop.Telemetry.Events;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Messaging;

public sealed class JourneyEventPublishingTests : IDisposable
{
    private readonly DirectoryInfo _spill = Directory.CreateTempSubdirectory("shop-journey-events-");

    [Fact]
    public async Task Service_without_the_address_of_the_broker_does_not_start()
    {
        await using var service = TestService.Build(builder => builder.AddJourneyEventPublishing());

        var error = await Assert.ThrowsAsync<InvalidOperationException>(service.StartAsync);
        Assert.Contains("ConnectionStrings:rabbitmq", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task Service_starts_and_stops_without_the_broker_and_keeps_its_events(string isTelemetryDisabled)
    {
        await using (var service = await TestService.Build(
            builder => builder.AddJourneyEventPublishing(),
            settings:
            [
                ("ConnectionStrings:rabbitmq", "amqp://guest:guest@127.0.0.1:1"),
                ("Shop:JourneyEvents:SpillPath", _spill.FullName),
                ("OTEL_SDK_DISABLED", isTelemetryDisabled),
            ]).StartAsync())
        {
            service.Services.GetRequiredService<JourneyEvents>().Emit(new CartEvents.LineAdded("c1", "BAG-0101", 2));
        }

        var file = Assert.Single(_spill.GetFiles("*.blob", SearchOption.AllDirectories));
        var record = Assert.Single(JourneyEventRecord.ParseBatch(await File.ReadAllBytesAsync(file.FullName)));
        Assert.Equal(("cart.line_added", "test"), (record.EventName, record.Resource["service.name"]));
        Assert.Equal(CartIdHash.FromString("c1").ToString(), record.Attributes["shop.cart.id"].GetString());
    }

    public void Dispose() => _spill.Delete(recursive: true);
}
