namespace Shop.Messaging;

/// <summary>
/// Headers that this library adds to messages. The trace context travels in <c>traceparent</c>, <c>tracestate</c> and <c>baggage</c>.
/// </summary>
internal static class MessageHeaders
{
    /// <summary>How many times the message was redelivered after a delay.</summary>
    public const string RedeliveryCount = "redelivery-count";

    /// <summary>On a message in an error queue: the full name of the exception type.</summary>
    public const string ErrorType = "error-type";

    /// <summary>On a message in an error queue: the exception's message.</summary>
    public const string ErrorMessage = "error-message";

    /// <summary>On a message in an error queue: when it was moved there, in ISO 8601 format.</summary>
    public const string ErrorTime = "error-time";

    /// <summary>On a replayed message: the W3C trace parent of the request that replayed it.</summary>
    public const string ReplayedBy = "replayed-by";

    /// <summary>Whether a header describes a failure, and must not travel with a replay.</summary>
    public static bool IsFailureHeader(string name) => name is RedeliveryCount or ErrorType or ErrorMessage or ErrorTime;
}
