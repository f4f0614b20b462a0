using System.Diagnostics.Metrics;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Cart;

/// <summary>Metrics of carts and checkouts, counted from the journey events of this service.</summary>
internal sealed class CartMetrics : IJourneyEventListener, IHostedService
{
    private readonly Counter<long> _changes;
    private readonly Counter<long> _checkouts;
    private readonly Counter<long> _checkoutValue;

    public CartMetrics(IMeterFactory meters, IHostEnvironment host)
    {
        var meter = meters.Create(host.ApplicationName);
        _changes = meter.CreateCounter<long>(
            "shop.cart.changes", "{change}", "Number of changes of carts: lines added, changed or removed, and carts emptied by an order.");
        _checkouts = meter.CreateCounter<long>(
            "shop.checkouts",
            "{checkout}",
            "Number of checkouts that were submitted, rejected or repeated. A repeated one returned an order that was submitted before.");
        _checkoutValue = meter.CreateCounter<long>(
            "shop.checkout.value",
            "{minor_unit}",
            "Total value of submitted checkouts in minor currency units. Repeated checkouts are not counted.");
    }

    /// <summary>Reports what an alert compares as 0, so that the first checkout is a change.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _checkouts.Add(0, new KeyValuePair<string, object?>("shop.checkout.outcome", "submitted"));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void OnEvent(JourneyEvent journeyEvent)
    {
        switch (journeyEvent)
        {
            case CartEvents.LineAdded:
                RecordChange("added");
                break;
            case CartEvents.LineChanged:
                RecordChange("changed");
                break;
            case CartEvents.LineRemoved:
                RecordChange("removed");
                break;
            case CartEvents.Emptied:
                RecordChange("emptied");
                break;
            case CartEvents.CheckoutSubmitted checkout:
                RecordSubmitted(checkout.Amount, checkout.Currency);
                break;
            case CartEvents.CheckoutRepeated:
                _checkouts.Add(1, new KeyValuePair<string, object?>("shop.checkout.outcome", "repeated"));
                break;
            case CartEvents.CheckoutRejected checkout:
                RecordRejected(checkout.Reason);
                break;
        }
    }

    private void RecordChange(string change) => _changes.Add(1, new KeyValuePair<string, object?>("shop.cart.change", change));

    private void RecordSubmitted(long amount, string currency)
    {
        _checkouts.Add(1, new KeyValuePair<string, object?>("shop.checkout.outcome", "submitted"));
        _checkoutValue.Add(amount, new KeyValuePair<string, object?>("shop.currency", currency));
    }

    private void RecordRejected(string reason) =>
        _checkouts.Add(1, new("shop.checkout.outcome", "rejected"), new("shop.reason", reason));
}
