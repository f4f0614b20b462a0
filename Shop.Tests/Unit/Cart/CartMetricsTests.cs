using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Shop.Cart;
using Shop.Contracts.Events;

namespace Shop.Tests.Unit.Cart;

public sealed class CartMetricsTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly List<(string Instrument, long Value, string? Outcome)> _measurements = [];

    [Fact]
    public void Repeated_checkout_is_counted_by_its_own_outcome_and_without_value()
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        var metrics = new CartMetrics(factory, new HostingEnvironment { ApplicationName = "Shop.Cart" });
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == factory)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _measurements.Add(
            (instrument.Name, value, tags.ToArray().FirstOrDefault(tag => tag.Key == "shop.checkout.outcome").Value as string)));
        _listener.Start();

        metrics.OnEvent(new CartEvents.CheckoutSubmitted("c1", Guid.NewGuid(), 1, 2, 3000, "EUR"));
        metrics.OnEvent(new CartEvents.CheckoutRepeated("c1", Guid.NewGuid()));

        Assert.Equal(
            [("shop.checkouts", 1L, "submitted"), ("shop.checkout.value", 3000L, null), ("shop.checkouts", 1L, "repeated")],
            _measurements);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }
}
