namespace Shop.Messaging;

/// <summary>Reads the envelope that the bus puts around messages.</summary>
internal interface IMessageEnvelope
{
    /// <summary>
    /// Returns the type of the message in a body, as <c>Namespace:Type</c>; <see langword="null"/> when the body is not an envelope.
    /// </summary>
    string? ReadMessageType(ReadOnlyMemory<byte> body);
}
