using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RabbitMQ.Client;

namespace Shop.Messaging.ErrorQueues;

/// <summary>A message in an error queue, as operators see it: what it is and why it failed, without its content.</summary>
/// <param name="Id">The message id, which is a business key; a hash of the body when the message has none.</param>
/// <param name="Type">
/// The type in the envelope, <c>Shop.Contracts.Messages:CheckoutSubmitted</c>; <see langword="null"/> when it cannot be read.
/// </param>
/// <param name="FailedAt">When the message was moved here; <see langword="null"/> when it was published to the queue directly.</param>
/// <param name="Reason">
/// The exception type of the last attempt, or <c>delivery_limit</c> when consumers died while they handled the message.
/// </param>
/// <param name="Detail">The exception's message, up to 300 characters.</param>
/// <param name="Redeliveries">Number of delayed redeliveries before the message was moved here.</param>
/// <param name="Bytes">The size of the body in bytes.</param>
/// <param name="TraceParent">The W3C trace parent, which leads to the trace of the message.</param>
internal sealed record ErrorQueueMessage(
    string Id, string? Type, DateTimeOffset? FailedAt, string Reason, string? Detail, int Redeliveries, int Bytes, string? TraceParent)
{
    // Larger bodies are not read to find their type.
    private const int MaxBytesRead = 1 << 20;
    private const int MaxDetailLength = 300;

    // Set by the broker when it dead-letters a message (rabbitmq.com/docs/dlx#effects).
    private const string FirstDeathReason = "x-first-death-reason";
    private const string Deaths = "x-death";

    public static ErrorQueueMessage From(BasicGetResult message, IMessageEnvelope envelope)
    {
        var headers = message.BasicProperties.Headers ?? new Dictionary<string, object?>();
        return new(
            GetId(message),
            message.Body.Length <= MaxBytesRead ? envelope.ReadMessageType(message.Body) : null,
            GetFailedAt(message),
            GetText(headers, MessageHeaders.ErrorType) ?? GetText(headers, FirstDeathReason) ?? "unknown",
            GetText(headers, MessageHeaders.ErrorMessage) is { Length: > MaxDetailLength } detail
                ? detail[..MaxDetailLength]
                : GetText(headers, MessageHeaders.ErrorMessage),
            int.TryParse(GetText(headers, MessageHeaders.RedeliveryCount), CultureInfo.InvariantCulture, out var redeliveries)
                ? redeliveries
                : 0,
            message.Body.Length,
            GetText(headers, "traceparent"));
    }

    /// <summary>Returns when the message was moved to the error queue, by the service or by the broker.</summary>
    public static DateTimeOffset? GetFailedAt(BasicGetResult message)
    {
        var headers = message.BasicProperties.Headers ?? new Dictionary<string, object?>();
        if (DateTimeOffset.TryParse(
            GetText(headers, MessageHeaders.ErrorTime), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            return at;
        }

        // The latest death is the first one.
        return headers.TryGetValue(Deaths, out var deaths)
            && deaths is IEnumerable<object?> list
            && list.FirstOrDefault() is IDictionary<string, object?> death
            && death.TryGetValue("time", out var time)
            && time is AmqpTimestamp timestamp
                ? DateTimeOffset.FromUnixTimeSeconds(timestamp.UnixTime)
                : null;
    }

    public static string GetId(BasicGetResult message) => message.BasicProperties.MessageId is { Length: > 0 } id
        ? id
        : $"sha256-{Convert.ToHexStringLower(SHA256.HashData(message.Body.Span)[..8])}";

    /// <summary>
    /// The properties for a replay: those that the message arrived with, trace context included, and the request that replays it.
    /// </summary>
    public static BasicProperties ToReplay(IReadOnlyBasicProperties failed)
    {
        var properties = new BasicProperties(failed) { Persistent = true };
        properties.Headers = (failed.Headers ?? new Dictionary<string, object?>())
            .Where(header => !MessageHeaders.IsFailureHeader(header.Key) && !header.Key.StartsWith("x-", StringComparison.Ordinal))
            .ToDictionary(header => header.Key, header => header.Value);
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id })
        {
            properties.Headers[MessageHeaders.ReplayedBy] = id;
        }

        return properties;
    }

    private static string? GetText(IDictionary<string, object?> headers, string name) => headers.TryGetValue(name, out var value)
        ? value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture)
        : null;
}
