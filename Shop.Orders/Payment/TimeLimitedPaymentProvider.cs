using Microsoft.Extensions.Options;
using Shop.Contracts;

namespace Shop.Orders.Payment;

/// <summary>Limits the time of each call to a payment provider, so that none delays other orders for long.</summary>
internal sealed class TimeLimitedPaymentProvider(IPaymentProvider provider, IOptions<PaymentOptions> options, TimeProvider time)
    : IPaymentProvider
{
    public Task<PaymentResult> ChargeAsync(Guid orderId, Money amount, PaymentCard card, CancellationToken cancellationToken) =>
        LimitAsync(cancellation => provider.ChargeAsync(orderId, amount, card, cancellation), cancellationToken);

    public Task<PaymentResult?> GetResultAsync(Guid orderId, CancellationToken cancellationToken) =>
        LimitAsync(cancellation => provider.GetResultAsync(orderId, cancellation), cancellationToken);

    public Task ReverseAsync(Guid orderId, Money amount, CancellationToken cancellationToken) => LimitAsync(
        async cancellation =>
        {
            await provider.ReverseAsync(orderId, amount, cancellation);
            return true;
        },
        cancellationToken);

    private async Task<TResult> LimitAsync<TResult>(Func<CancellationToken, Task<TResult>> call, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Value.CallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await call(either.Token);
        }
        catch (Exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The payment provider did not respond within {options.Value.CallTimeout}.");
        }
    }
}
