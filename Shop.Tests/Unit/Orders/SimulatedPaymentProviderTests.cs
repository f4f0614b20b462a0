using Shop.Contracts;
using Shop.Orders.Payment;

namespace Shop.Tests.Unit.Orders;

public class SimulatedPaymentProviderTests
{
    [Theory]
    [InlineData("tok_ok", true)]
    [InlineData("tok_declined", false)]
    [InlineData("tok_unknown", false)]
    public async Task Asked_twice_it_answers_alike(string token, bool accepted)
    {
        var (provider, orderId) = (new SimulatedPaymentProvider(), Guid.NewGuid());
        for (var i = 0; i < 2; i++)
        {
            var result = await provider.ChargeAsync(orderId, new Money(100, "EUR"), new PaymentCard(token), CancellationToken.None);
            Assert.Equal(accepted, result is PaymentResult.Accepted);
        }
    }
}
