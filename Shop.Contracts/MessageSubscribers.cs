using Shop.Contracts.Messages;

namespace Shop.Contracts;

/// <summary>The services that handle each message.</summary>
public static class MessageSubscribers
{
    /// <summary>
    /// Names of the services that handle a message, by its type. Publishers declare the queues of these services, so a message is stored
    /// for a service that has never been started. A service whose handlers differ from this list does not start.
    /// </summary>
    public static IReadOnlyDictionary<Type, IReadOnlyList<string>> All { get; } = new Dictionary<Type, IReadOnlyList<string>>
    {
        [typeof(CheckoutSubmitted)] = ["orders"],
        [typeof(OrderConfirmed)] = ["cart", "catalog"],
        [typeof(OrderRejected)] = ["cart", "catalog"],
        [typeof(OrderCancelled)] = ["cart", "catalog"],
        [typeof(OrderRefunded)] = ["cart", "catalog"],
    };
}
