using Microsoft.Extensions.Hosting;
using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Messaging;

namespace Shop.Tests.Unit.Messaging;

public class MessageSubscribersTests
{
    private static readonly Dictionary<Type, IReadOnlyList<string>> _subscribers = new() { [typeof(OrderCancelled)] = ["cart", "catalog"] };

    [Fact]
    public void Service_whose_handler_is_not_a_listed_subscriber_does_not_start()
    {
        var error = Assert.Throws<InvalidOperationException>(() => CreateService("Shop.Orders").AddMessaging(
            _subscribers, messages => messages.AddHandler<OrderCancelled, Handler>()));
        Assert.Equal("'orders' handles OrderCancelled, and is not in the list of its subscribers.", error.Message);
    }

    [Fact]
    public void Service_that_is_a_listed_subscriber_without_a_handler_does_not_start()
    {
        var error = Assert.Throws<InvalidOperationException>(() => CreateService("Shop.Cart").AddMessaging(_subscribers));
        Assert.Equal("'cart' is a subscriber of OrderCancelled, and has no handler for it.", error.Message);
    }

    [Fact]
    public void Every_message_has_a_subscriber()
    {
        var messages = typeof(OrderCancelled).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(OrderCancelled).Namespace && type.GetProperty("OrderId") is not null)
            .ToList();
        Assert.NotEmpty(messages);
        Assert.All(messages, message => Assert.NotEmpty(MessageSubscribers.All[message]));
    }

    private static HostApplicationBuilder CreateService(string name) =>
        Host.CreateEmptyApplicationBuilder(new() { ApplicationName = name });

    private sealed class Handler : IMessageHandler<OrderCancelled>
    {
        public Task HandleAsync(OrderCancelled message, MessageContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
