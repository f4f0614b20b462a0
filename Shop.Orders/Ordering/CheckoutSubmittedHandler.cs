using Shop.Contracts.Messages;
using Shop.Messaging;

namespace Shop.Orders.Ordering;

/// <summary>
/// Processes checkouts and publishes their outcome before the message is acknowledged. The outcome of an order that was completed by an
/// earlier delivery is published again, since that delivery may have failed before it was published.
/// </summary>
internal sealed class CheckoutSubmittedHandler(OrderProcessor processor, OrderCompletion completion) : IMessageHandler<CheckoutSubmitted>
{
    public async Task HandleAsync(CheckoutSubmitted message, MessageContext context, CancellationToken cancellationToken)
    {
        CheckoutValidation.ThrowIfInvalid(message);
        await completion.CompleteAsync(await processor.ProcessAsync(message, cancellationToken), cancellationToken);
    }
}
