namespace Shop.Orders.Payment;

/// <summary>The result of a charge.</summary>
internal abstract record PaymentResult
{
    public sealed record Accepted : PaymentResult;

    /// <param name="Reason">One of <see cref="Ordering.StatusReasons"/>.</param>
    public sealed record Declined(string Reason) : PaymentResult;

    /// <summary>
    /// The customer must confirm the payment with their bank. The provider sends the outcome by webhook (<c>POST /payment/confirm</c>).
    /// </summary>
    public sealed record ActionRequired : PaymentResult;
}
