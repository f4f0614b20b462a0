using System.Diagnostics.Metrics;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Orders;

/// <summary>Counts the journey events of this service, and the attempts to complete overdue orders.</summary>
internal sealed class OrderMetrics : IJourneyEventListener, IHostedService
{
    private const string Status = "shop.order.status";
    private const string Reason = "shop.reason";
    private const string Currency = "shop.currency";
    private const string PaymentOutcome = "shop.payment.outcome";
    private const string OverdueOrderOutcome = "shop.overdue_order.outcome";

    private readonly Counter<long> _orders;
    private readonly Counter<long> _orderValue;
    private readonly Counter<long> _refundValue;
    private readonly Counter<long> _payments;
    private readonly Counter<long> _overdueOrderAttempts;

    public OrderMetrics(IMeterFactory meters, IHostEnvironment host)
    {
        var meter = meters.Create(host.ApplicationName);
        _orders = meter.CreateCounter<long>("shop.orders", "{order}", "Number of orders that entered a status.");
        _orderValue = meter.CreateCounter<long>(
            "shop.order.value", "{minor_unit}", "Total value of confirmed orders, in minor currency units.");
        _refundValue = meter.CreateCounter<long>(
            "shop.refund.value", "{minor_unit}", "Total value of refunded orders, in minor currency units.");
        _payments = meter.CreateCounter<long>(
            "shop.payments", "{payment}", "Number of payment results by outcome. A payment that the customer confirms has two.");
        _overdueOrderAttempts = meter.CreateCounter<long>(
            "shop.overdue_order.attempts", "{attempt}", "Number of attempts to complete an overdue order, by outcome.");
    }

    /// <summary>Reports what alerts compare as 0, so that the first order or failure is a change.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _orders.Add(0, new KeyValuePair<string, object?>(Status, "submitted"));
        _overdueOrderAttempts.Add(0, new KeyValuePair<string, object?>(OverdueOrderOutcome, "failed"));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void OnEvent(JourneyEvent journeyEvent)
    {
        switch (journeyEvent)
        {
            case OrderEvents.Submitted:
                AddOrder("submitted");
                break;
            case OrderEvents.PaymentAccepted:
                AddPayment("accepted");
                break;
            case OrderEvents.PaymentDeclined:
                AddPayment("declined");
                break;
            case OrderEvents.PaymentActionRequired:
                AddPayment("action_required");
                break;
            case OrderEvents.Confirmed order:
                AddOrder("confirmed");
                _orderValue.Add(order.Amount, new KeyValuePair<string, object?>(Currency, order.Currency));
                break;
            case OrderEvents.Rejected order:
                _orders.Add(1, new(Status, "rejected"), new(Reason, order.Reason));
                break;
            case OrderEvents.Cancelled:
                AddOrder("cancelled");
                break;
            case OrderEvents.Refunded order:
                AddOrder("refunded");
                _refundValue.Add(order.Amount, new KeyValuePair<string, object?>(Currency, order.Currency));
                break;
        }
    }

    /// <summary>Counts an attempt to complete an overdue order.</summary>
    public void AddOverdueOrderAttempt(string outcome) =>
        _overdueOrderAttempts.Add(1, new KeyValuePair<string, object?>(OverdueOrderOutcome, outcome));

    private void AddOrder(string status) => _orders.Add(1, new KeyValuePair<string, object?>(Status, status));

    private void AddPayment(string outcome) => _payments.Add(1, new KeyValuePair<string, object?>(PaymentOutcome, outcome));
}
