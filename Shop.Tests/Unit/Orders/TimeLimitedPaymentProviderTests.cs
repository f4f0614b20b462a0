using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Contracts;
using Shop.Orders.Payment;

namespace Shop.Tests.Unit.Orders;

public class TimeLimitedPaymentProviderTests
{
    private static readonly Money _amount = new(100, "EUR");

    private readonly FakeTimeProvider _time = new();

    public static TheoryData<string> Operations => ["charge", "result", "reverse"];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Call_that_takes_too_long_ends_with_a_timeout(string operation)
    {
        var call = CallAsync(operation, CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => call);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Canceled_call_is_no_timeout(string operation)
    {
        using var cancellation = new CancellationTokenSource();
        var call = CallAsync(operation, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    private Task CallAsync(string operation, CancellationToken cancellationToken)
    {
        var options = Options.Create(new PaymentOptions { CallTimeout = TimeSpan.FromSeconds(8) });
        var provider = new TimeLimitedPaymentProvider(new SilentProvider(), options, _time);
        return operation switch
        {
            "charge" => provider.ChargeAsync(Guid.Empty, _amount, new PaymentCard("tok_ok"), cancellationToken),
            "result" => provider.GetResultAsync(Guid.Empty, cancellationToken),
            _ => provider.ReverseAsync(Guid.Empty, _amount, cancellationToken),
        };
    }

    /// <summary>A provider that never responds.</summary>
    private sealed class SilentProvider : IPaymentProvider
    {
        public async Task<PaymentResult> ChargeAsync(Guid orderId, Money amount, PaymentCard card, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new PaymentResult.Accepted();
        }

        public async Task<PaymentResult?> GetResultAsync(Guid orderId, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        }

        public Task ReverseAsync(Guid orderId, Money amount, CancellationToken cancellationToken) =>
            Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
