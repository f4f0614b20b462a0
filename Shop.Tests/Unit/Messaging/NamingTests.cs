using MassTransit;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Messaging.MassTransit;

namespace Shop.Tests.Unit.Messaging;

public class NamingTests
{
    [Fact]
    public void Exchange_is_named_after_the_message_type()
    {
        Assert.Equal("checkout-submitted", new KebabCaseEntityNameFormatter().FormatEntityName<CheckoutSubmitted>());
        Assert.Equal("fault-checkout-submitted", new KebabCaseEntityNameFormatter().FormatEntityName<Fault<CheckoutSubmitted>>());
    }

    [Fact]
    public void Queue_is_named_after_the_service_and_the_message_type() =>
        Assert.Equal("orders-checkout-submitted", QueueTopology.QueueFor("orders", typeof(CheckoutSubmitted)));
}
