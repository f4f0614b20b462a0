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

    [Fact]
    public void Queue_of_a_process_is_named_as_that_of_its_service_with_an_id_that_telemetry_leaves_out()
    {
        var (queue, other) = (Create(), Create());

        Assert.NotEqual(queue, other);
        Assert.Equal(["cart-order-cancelled", "cart-order-cancelled"], new[] { queue, other }.Select(QueueTopology.NameInTelemetry));
        Assert.True(QueueTopology.IsBroadcastQueue(queue));
        Assert.False(QueueTopology.IsBroadcastQueue(QueueTopology.QueueFor("orders", typeof(CheckoutSubmitted))));

        static string Create() => QueueTopology.BroadcastQueueFor("cart", typeof(OrderCancelled));
    }
}
