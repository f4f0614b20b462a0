using System.Diagnostics.Metrics;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Orders;

/// <summary>What orders count: exactly what they tell.</summary>
internal sealed class OrderMetrics : IJourneyEventListener
{
    private readonly Counter<long> _orders;
    private readonly Counter<long> _value;
    private readonly Counter<long> _refunds;
    private readonly Counter<long> _payments;

    public OrderMetrics(IMeterFactory meters, IHostEnvironment host)
    {
        var meter = meters.Create(host.ApplicationName);
        _orders = meter.CreateCounter<long>("shop.orders", "{order}", "Orders that came into a state.");
        _value = meter.CreateCounter<long>("shop.order.value", "{minor_unit}", "What confirmed orders are worth, in minor units of their currency.");
        _refunds = meter.CreateCounter<long>("shop.refund.value", "{minor_unit}", "What goes back for refunded orders, in minor units of their currency.");
        _payments = meter.CreateCounter<long>("shop.payments", "{payment}", "Answers of the payment provider.");
    }

    public void OnEvent(JourneyEvent journeyEvent)
    {
        switch (journeyEvent)
        {
            case OrderEvents.Submitted:
                CameInto("submitted");
                break;
            case OrderEvents.PaymentAccepted:
                Paid("accepted");
                break;
            case OrderEvents.PaymentDeclined:
                Paid("declined");
                break;
            case OrderEvents.PaymentActionRequired:
                Paid("action_required");
                break;
            case OrderEvents.Confirmed order:
                CameInto("confirmed");
                _value.Add(order.Amount, new KeyValuePair<string, object?>("shop.currency", order.Currency));
                break;
            case OrderEvents.Rejected order:
                _orders.Add(1, new("shop.order.status", "rejected"), new("shop.reason", order.Reason));
                break;
            case OrderEvents.Cancelled:
                CameInto("cancelled");
                break;
            case OrderEvents.Refunded order:
                CameInto("refunded");
                _refunds.Add(order.Amount, new KeyValuePair<string, object?>("shop.currency", order.Currency));
                break;
        }
    }

    private void CameInto(string status) => _orders.Add(1, new KeyValuePair<string, object?>("shop.order.status", status));

    private void Paid(string answer) => _payments.Add(1, new KeyValuePair<string, object?>("shop.payment.answer", answer));
}
