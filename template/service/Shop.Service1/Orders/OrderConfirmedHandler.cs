using Shop.Contracts.Messages;
using Shop.Messaging;

namespace Shop.Service1.Orders;

/// <summary>Counts a confirmed order for each of its products.</summary>
internal sealed class OrderConfirmedHandler(ProductOrderStore store) : IMessageHandler<OrderConfirmed>
{
    public async Task HandleAsync(OrderConfirmed message, MessageContext context, CancellationToken cancellationToken)
    {
        foreach (var line in message.Lines)
        {
            await store.AddAsync(line.Sku, message.OrderId);
        }
    }
}
