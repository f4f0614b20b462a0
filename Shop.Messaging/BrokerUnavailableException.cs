namespace Shop.Messaging;

/// <summary>The broker did not confirm a message in time, or nobody has a queue for it yet: it must be taken as not sent.</summary>
public sealed class BrokerUnavailableException(string message, Exception inner) : Exception(message, inner);
