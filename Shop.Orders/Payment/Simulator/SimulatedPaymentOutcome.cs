namespace Shop.Orders.Payment.Simulator;

internal enum SimulatedPaymentOutcome
{
    Pending,
    Accepted,
    Declined,
    Reversed,
}
