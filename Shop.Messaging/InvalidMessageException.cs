namespace Shop.Messaging;

/// <summary>A consumer cannot make sense of a message, and never will: it goes to the error queue without a retry.</summary>
public sealed class InvalidMessageException(string message) : Exception(message);
