namespace Shop.Messaging;

/// <summary>The circumstances of one delivery of a message.</summary>
/// <param name="MessageId">
/// The id that the publisher gave, which is a business key; <see langword="null"/> for messages of other publishers without one.
/// </param>
/// <param name="RedeliveryCount">
/// How many times the message was redelivered after a delay; 0 for the first delivery. Immediate retries do not count.
/// </param>
public sealed record MessageContext(Guid? MessageId, int RedeliveryCount);
