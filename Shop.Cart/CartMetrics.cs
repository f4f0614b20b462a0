using System.Diagnostics.Metrics;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Cart;

/// <summary>What carts count: exactly what they tell.</summary>
internal sealed class CartMetrics : IJourneyEventListener
{
    private readonly Counter<long> _changes;
    private readonly Counter<long> _checkouts;
    private readonly Counter<long> _value;

    public CartMetrics(IMeterFactory meters, IHostEnvironment host)
    {
        var meter = meters.Create(host.ApplicationName);
        _changes = meter.CreateCounter<long>("shop.cart.changes", "{change}", "Lines added, changed and removed, and carts emptied by an order.");
        _checkouts = meter.CreateCounter<long>("shop.checkouts", "{checkout}", "Attempts to buy a cart, by their outcome.");
        _value = meter.CreateCounter<long>("shop.checkout.value", "{minor_unit}", "What submitted checkouts are worth, in minor units of their currency.");
    }

    public void OnEvent(JourneyEvent journeyEvent)
    {
        switch (journeyEvent)
        {
            case CartEvents.LineAdded:
                Changed("added");
                break;
            case CartEvents.LineChanged:
                Changed("changed");
                break;
            case CartEvents.LineRemoved:
                Changed("removed");
                break;
            case CartEvents.Emptied:
                Changed("emptied");
                break;
            case CartEvents.CheckoutSubmitted checkout:
                Submitted(checkout.Amount, checkout.Currency);
                break;
            case CartEvents.CheckoutRejected checkout:
                Refused(checkout.Reason);
                break;
        }
    }

    private void Changed(string how) => _changes.Add(1, new KeyValuePair<string, object?>("shop.cart.change", how));

    private void Submitted(long amount, string currency)
    {
        _checkouts.Add(1, new KeyValuePair<string, object?>("shop.checkout.outcome", "submitted"));
        _value.Add(amount, new KeyValuePair<string, object?>("shop.currency", currency));
    }

    private void Refused(string reason) => _checkouts.Add(1, new("shop.checkout.outcome", "rejected"), new("shop.reason", reason));
}
