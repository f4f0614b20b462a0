using RabbitMQ.Client;

namespace Shop.Messaging.ErrorQueues;

/// <summary>Deletes messages of a service from its error queues, for example to erase the personal data in them.</summary>
public sealed class ErrorQueueCleaner
{
    private readonly ErrorQueueBrowser _browser;
    private readonly string _service;

    internal ErrorQueueCleaner(ErrorQueueBrowser browser, string service) => (_browser, _service) = (browser, service);

    /// <summary>Deletes the messages of a type that have one of the ids.</summary>
    /// <typeparam name="TMessage">The type of the messages. The service has a handler for it.</typeparam>
    /// <param name="messageIds">The ids that the publisher gave.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The number of messages deleted.</returns>
    public Task<int> DiscardAsync<TMessage>(IReadOnlySet<Guid> messageIds, CancellationToken cancellationToken) where TMessage : class =>
        DiscardAsync(
            typeof(TMessage),
            message => Guid.TryParse(ErrorQueueMessage.GetId(message), out var messageId) && messageIds.Contains(messageId),
            cancellationToken);

    /// <summary>Deletes the messages of a type that were moved to the error queue before a time.</summary>
    /// <typeparam name="TMessage">The type of the messages. The service has a handler for it.</typeparam>
    /// <param name="before">The time.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The number of messages deleted.</returns>
    public Task<int> DiscardAsync<TMessage>(DateTimeOffset before, CancellationToken cancellationToken) where TMessage : class =>
        DiscardAsync(
            typeof(TMessage),
            message => ErrorQueueMessage.GetFailedAt(message) < before,
            cancellationToken);

    private async Task<int> DiscardAsync(Type message, Func<BasicGetResult, bool> matches, CancellationToken cancellationToken)
    {
        var count = 0;
        await _browser.DiscardAsync(QueueTopology.QueueFor(_service, message), matches, () => count++, cancellationToken);
        return count;
    }
}
