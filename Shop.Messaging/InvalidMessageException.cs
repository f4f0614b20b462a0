namespace Shop.Messaging;

/// <summary>A handler cannot process a message and never will. The message goes to the error queue without a retry.</summary>
/// <param name="message">The reason, which operators see in the error queue. It must not contain personal data.</param>
public sealed class InvalidMessageException(string message) : Exception(message);
