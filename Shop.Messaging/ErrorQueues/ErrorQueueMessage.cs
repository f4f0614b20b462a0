using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MassTransit;
using RabbitMQ.Client;

namespace Shop.Messaging.ErrorQueues;

/// <summary>A message in an error queue as it may be shown: what it is and why it is there, and nothing of what it says.</summary>
/// <param name="Id">The message's own id, which is its business key; or a hash of its body when it has none.</param>
/// <param name="Type">What it claims to be, <c>Shop.Contracts.Messages:CheckoutSubmitted</c>; null when it cannot be read.</param>
/// <param name="ParkedAt">Since when it is here; null when the broker parked it without a time.</param>
/// <param name="Reason">The exception that its consumer ended with, or <c>delivery_limit</c> when consumers died with it.</param>
/// <param name="Detail">What the exception said.</param>
/// <param name="Redeliveries">How often it had waited and been tried again before.</param>
/// <param name="Bytes">The size of its body.</param>
/// <param name="TraceParent">Its W3C trace context: there the rest of its story is found.</param>
internal sealed record ErrorQueueMessage(
    string Id, string? Type, DateTimeOffset? ParkedAt, string Reason, string? Detail, int Redeliveries, int Bytes, string? TraceParent)
{
    // Larger bodies are somebody's mistake, and are not read to name them.
    private const int MaxBytesRead = 1 << 20;
    private const int MaxDetailLength = 300;

    public static ErrorQueueMessage Of(BasicGetResult message)
    {
        var headers = message.BasicProperties.Headers ?? new Dictionary<string, object?>();
        return new(
            IdOf(message),
            TypeOf(message.Body),
            DateTimeOffset.TryParse(Text(MessageHeaders.FaultTimestamp), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null,
            Text(MessageHeaders.FaultExceptionType) ?? Text("x-first-death-reason") ?? "unknown",
            Text(MessageHeaders.FaultMessage) is { Length: > MaxDetailLength } detail ? detail[..MaxDetailLength] : Text(MessageHeaders.FaultMessage),
            int.TryParse(Text(MessageHeaders.RedeliveryCount), CultureInfo.InvariantCulture, out var waits) ? waits : 0,
            message.Body.Length,
            Text("traceparent"));

        string? Text(string name) => headers.TryGetValue(name, out var value)
            ? value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture)
            : null;
    }

    public static string IdOf(BasicGetResult message) => message.BasicProperties.MessageId is { Length: > 0 } id
        ? id
        : $"sha256-{Convert.ToHexStringLower(SHA256.HashData(message.Body.Span)[..8])}";

    /// <summary>As it came, for its consumer to try again: with the headers of its trace, without those that say why it failed, and with who asked.</summary>
    public static BasicProperties ToReplay(IReadOnlyBasicProperties parked)
    {
        var properties = new BasicProperties(parked) { Persistent = true };
        properties.Headers = (parked.Headers ?? new Dictionary<string, object?>())
            .Where(header => !header.Key.StartsWith("MT-Fault-", StringComparison.Ordinal) && !header.Key.StartsWith("MT-Host-", StringComparison.Ordinal)
                && !header.Key.StartsWith("x-", StringComparison.Ordinal)
                && header.Key is not (MessageHeaders.RedeliveryCount or MessageHeaders.Reason))
            .ToDictionary(header => header.Key, header => header.Value);
        MessageTracePropagation.WriteReplay(properties.Headers);
        return properties;
    }

    // MassTransit's envelope: { "messageType": [ "urn:message:Shop.Contracts.Messages:CheckoutSubmitted" ], "message": { ... } }
    private static string? TypeOf(ReadOnlyMemory<byte> body)
    {
        if (body.Length > MaxBytesRead)
            return null;
        try
        {
            using var envelope = JsonDocument.Parse(new ReadOnlySequence<byte>(body));
            return envelope.RootElement.GetProperty("messageType")[0].GetString() is { } urn && urn.StartsWith("urn:message:", StringComparison.Ordinal)
                ? urn["urn:message:".Length..]
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
