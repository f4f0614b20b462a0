namespace Shop.Messaging;

/// <summary>Publishes messages and waits for the broker's confirmation.</summary>
public interface IMessagePublisher
{
    /// <summary>Publishes a message. Returns when the broker has confirmed that at least one queue holds it.</summary>
    /// <typeparam name="TMessage">The type of the message, which names its exchange.</typeparam>
    /// <param name="message">The message.</param>
    /// <param name="messageId">The business key of the message. Publishing again with the same key repeats the same message.</param>
    /// <param name="cancellationToken">Cancels the wait. <see cref="MessagingOptions.PublishTimeout"/> limits it in any case.</param>
    /// <exception cref="BrokerUnavailableException">
    /// The broker did not confirm the message in time, or no queue is bound to its exchange. The message may have been published: publish
    /// it again.
    /// </exception>
    Task PublishAsync<TMessage>(TMessage message, Guid messageId, CancellationToken cancellationToken) where TMessage : class;

    /// <summary>
    /// Publishes a message to every connected process that has a broadcast handler for it
    /// (<see cref="MessagingBuilder.AddBroadcastHandler{TMessage, THandler}"/>). Returns when the broker has confirmed the message, also if
    /// there is no such process. The message is not stored: a process that is not connected misses it.
    /// </summary>
    /// <typeparam name="TMessage">The type of the message, which names its exchange.</typeparam>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Cancels the wait. <see cref="MessagingOptions.PublishTimeout"/> limits it in any case.</param>
    /// <exception cref="BrokerUnavailableException">The broker did not confirm the message in time.</exception>
    Task BroadcastAsync<TMessage>(TMessage message, CancellationToken cancellationToken) where TMessage : class;
}
