using Shop.Contracts;

namespace Shop.Orders.Payment;

/// <summary>
/// Whoever moves the money. Everything is idempotent by order id: asked again for the same order, a provider answers as the first time
/// and moves nothing more. When it cannot tell, it throws, and it is asked again later.
/// </summary>
internal interface IPaymentProvider
{
    Task<PaymentResult> ChargeAsync(Guid orderId, Money amount, PaymentCard card, CancellationToken cancellationToken);

    /// <summary>After this the order has cost its buyer nothing, and never will: what was charged is paid back, and what is asked for later is declined.</summary>
    Task PayBackAsync(Guid orderId, Money amount, CancellationToken cancellationToken);
}

internal abstract record PaymentResult
{
    public sealed record Accepted : PaymentResult;

    /// <param name="Reason">One of <see cref="Ordering.RejectionReasons"/>.</param>
    public sealed record Declined(string Reason) : PaymentResult;

    /// <summary>The buyer must confirm it with their bank; the provider calls back (<c>POST /payment/confirm</c>).</summary>
    public sealed record Pending : PaymentResult;
}
