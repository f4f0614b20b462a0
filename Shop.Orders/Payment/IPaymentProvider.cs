using Shop.Contracts;

namespace Shop.Orders.Payment;

/// <summary>
/// A payment provider. All operations are idempotent by order id: a repeated call returns the first result and moves no more money. An
/// operation whose result is unknown throws, and is called again later. An operation must end when it is canceled: each call has a time
/// limit (<see cref="PaymentOptions.CallTimeout"/>).
/// </summary>
internal interface IPaymentProvider
{
    /// <summary>Charges a card for an order.</summary>
    Task<PaymentResult> ChargeAsync(Guid orderId, Money amount, PaymentCard card, CancellationToken cancellationToken);

    /// <summary>
    /// Returns the current result of the charge of an order: <see cref="PaymentResult.Accepted"/> only if the shop has the money or will
    /// get it. Returns null if the order was never charged.
    /// </summary>
    Task<PaymentResult?> GetResultAsync(Guid orderId, CancellationToken cancellationToken);

    /// <summary>
    /// Reverses the payment of an order: refunds what was charged, and declines every later charge. May be called for an order that was
    /// never charged.
    /// </summary>
    Task ReverseAsync(Guid orderId, Money amount, CancellationToken cancellationToken);
}
