using Shop.Contracts;

namespace Shop.Orders.Payment;

/// <summary>
/// Whoever moves the money. Charging is idempotent by order id: asked again for the same order, a provider answers as the first
/// time and takes nothing more. When it cannot tell, it throws, and it is asked again later.
/// </summary>
internal interface IPaymentProvider
{
    Task<PaymentResult> ChargeAsync(Guid orderId, Money amount, PaymentCard card, CancellationToken cancellationToken);
}

internal enum PaymentResult
{
    Accepted,
    Declined,
}
