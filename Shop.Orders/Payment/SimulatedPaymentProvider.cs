using Shop.Contracts;

namespace Shop.Orders.Payment;

/// <summary>
/// Takes no money: <c>tok_ok</c> is accepted, <c>tok_declined</c> and every other card declined. The answer follows from the card
/// alone, and an order has one card, so asking twice for an order is answered alike, in every replica and after a restart.
/// </summary>
internal sealed class SimulatedPaymentProvider : IPaymentProvider
{
    public const string Accepted = "tok_ok";

    public Task<PaymentResult> ChargeAsync(Guid orderId, Money amount, PaymentCard card, CancellationToken cancellationToken) =>
        Task.FromResult(card.CardToken == Accepted ? PaymentResult.Accepted : PaymentResult.Declined);
}
