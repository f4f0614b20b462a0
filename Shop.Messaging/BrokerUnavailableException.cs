namespace Shop.Messaging;

/// <summary>
/// The broker did not confirm a message in time, or no queue is bound to its exchange. Treat the message as not published.
/// </summary>
/// <param name="message">The error message.</param>
/// <param name="innerException">The cause.</param>
public sealed class BrokerUnavailableException(string message, Exception innerException) : Exception(message, innerException);
