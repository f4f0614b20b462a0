namespace Shop.Messaging;

/// <summary>A handler exceeded <see cref="MessagingOptions.ConsumeTimeout"/>.</summary>
internal sealed class HandlerTimeoutException(string message) : Exception(message);
