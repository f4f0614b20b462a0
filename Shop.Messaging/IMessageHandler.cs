namespace Shop.Messaging;

/// <summary>Handles messages of one type, registered by <see cref="MessagingBuilder.AddHandler{TMessage, THandler}"/>.</summary>
/// <remarks>
/// Delivery is at least once, so handlers must be idempotent. The message is acknowledged when the handler returns. When the handler
/// throws, the message is retried, redelivered later, or moved to the error queue, depending on the exception (see the README of
/// Shop.Messaging).
/// </remarks>
/// <typeparam name="TMessage">The type of the message, a record in the contracts project.</typeparam>
public interface IMessageHandler<in TMessage> where TMessage : class
{
    /// <summary>Handles one message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="context">The circumstances of this delivery.</param>
    /// <param name="cancellationToken">Canceled after <see cref="MessagingOptions.HandlerTimeout"/>, and when the service stops.</param>
    /// <exception cref="InvalidMessageException">The message can never be handled: it goes to the error queue without a retry.</exception>
    Task HandleAsync(TMessage message, MessageContext context, CancellationToken cancellationToken);
}
