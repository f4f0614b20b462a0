using Shop.Orders.Payment;
using Shop.Orders.Payment.Simulator;

namespace Shop.Tests.Unit.Orders;

public class TestCardsTests
{
    [Theory]
    [InlineData("tok_ok", "accepted")]
    [InlineData("tok_timeout", "accepted")]
    [InlineData("tok_declined", "payment_declined")]
    [InlineData("tok_insufficient_funds", "insufficient_funds")]
    [InlineData("tok_expired", "card_expired")]
    [InlineData("tok_requires_action", "pending")]
    [InlineData("tok_action_declined", "pending")]
    [InlineData("tok_abandoned", "pending")]
    [InlineData("tok_unknown", "payment_declined")]
    [InlineData("TOK_OK", "payment_declined")]
    public void Test_card_determines_the_payment_result(string token, string expected) =>
        Assert.Equal(expected, TestCards.GetResult(token) switch
        {
            PaymentResult.Accepted => "accepted",
            PaymentResult.Declined(var reason) => reason,
            PaymentResult.ActionRequired => "pending",
            var unknown => unknown.ToString(),
        });
}
