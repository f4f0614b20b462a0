using MassTransit;
using Shop.Contracts.Messages;

namespace Shop.Orders.Ordering;

/// <summary>
/// Processes checkouts and publishes their outcome before the message is acknowledged. The outcome of an order that was completed by an
/// earlier delivery is published again, since that delivery may have failed before it was published.
/// </summary>
internal sealed class CheckoutSubmittedConsumer(OrderProcessor processor, OrderCompletion completion) : IConsumer<CheckoutSubmitted>
{
    public async Task Consume(ConsumeContext<CheckoutSubmitted> context)
    {
        CheckoutValidation.ThrowIfInvalid(context.Message);

        var order = await processor.ProcessAsync(context.Message, context.CancellationToken);
        if (order.Status is not OrderStatus.StockReserved)
        {
            await completion.CompleteAsync(order, context.CancellationToken);
        }
    }
}
