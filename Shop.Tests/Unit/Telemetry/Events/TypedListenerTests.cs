using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Telemetry.Events;

public class TypedListenerTests
{
    [Fact]
    public async Task Listener_gets_the_events_of_its_types_and_no_others()
    {
        await using var service = TestService.Build(builder =>
        {
            builder.AddJourneyEventListener<CartEvents.LineAdded, CartListener>();
            builder.AddJourneyEventListener<CartEvents.LineRemoved, CartListener>();
        });
        var events = service.Services.GetRequiredService<JourneyEvents>();

        events.Emit(new CartEvents.LineAdded("c1", "BAG-0101", 1));
        events.Emit(new CartEvents.Viewed("c1", 1, 1));
        events.Emit(new CartEvents.LineRemoved("c1", "BAG-0101"));

        Assert.Equal(["added BAG-0101", "removed BAG-0101"], service.Services.GetRequiredService<CartListener>().Events);
    }

    [Fact]
    public async Task Listener_of_a_base_type_gets_the_events_of_all_derived_types()
    {
        await using var service = TestService.Build(builder => builder.AddJourneyEventListener<ShopEvent, AllListener>());
        var events = service.Services.GetRequiredService<JourneyEvents>();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                events.Emit(new CartEvents.Viewed("c1", 1, 1));
                events.Emit(new CatalogEvents.StockExpired(Guid.NewGuid()));
            }
        })));

        Assert.Equal(800, service.Services.GetRequiredService<AllListener>().Count);
    }

    private sealed class CartListener : IJourneyEventListener<CartEvents.LineAdded>, IJourneyEventListener<CartEvents.LineRemoved>
    {
        public List<string> Events { get; } = [];

        public void OnEvent(CartEvents.LineAdded journeyEvent) => Events.Add($"added {journeyEvent.ItemSku}");

        public void OnEvent(CartEvents.LineRemoved journeyEvent) => Events.Add($"removed {journeyEvent.ItemSku}");
    }

    private sealed class AllListener : IJourneyEventListener<ShopEvent>
    {
        private int _count;

        public int Count => _count;

        public void OnEvent(ShopEvent journeyEvent) => Interlocked.Increment(ref _count);
    }
}
