using System.Buffers;
using System.Text.Json;

namespace Shop.Messaging.MassTransit;

/// <summary>
/// MassTransit's JSON envelope: <c>{ "messageType": [ "urn:message:Shop.Contracts.Messages:CheckoutSubmitted" ], "message": { ... } }</c>.
/// </summary>
internal sealed class MassTransitEnvelope : IMessageEnvelope
{
    private const string UrnPrefix = "urn:message:";

    public string? ReadMessageType(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var envelope = JsonDocument.Parse(new ReadOnlySequence<byte>(body));
            return envelope.RootElement.GetProperty("messageType")[0].GetString() is { } urn
                && urn.StartsWith(UrnPrefix, StringComparison.Ordinal)
                ? urn[UrnPrefix.Length..]
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException
            or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
