namespace Shop.Messaging;

/// <summary>A handler exceeded <see cref="MessagingOptions.HandlerTimeout"/>.</summary>
internal sealed class HandlerTimeoutException(string message) : Exception(message);
