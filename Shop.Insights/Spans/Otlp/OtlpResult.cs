namespace Shop.Insights.Spans.Otlp;

/// <summary>What became of a request with spans.</summary>
/// <param name="Outcome">Whether the spans were accepted.</param>
/// <param name="Message">The reason for a refusal, or for the first rejected span; null if all spans were accepted.</param>
/// <param name="Rejected">The number of spans of an accepted request that are not valid or too old.</param>
internal sealed record OtlpResult(OtlpOutcome Outcome, string? Message, int Rejected = 0)
{
    /// <summary>The time after which a sender repeats a request that could not be accepted.</summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);
}

/// <summary>Whether a request with spans was accepted.</summary>
internal enum OtlpOutcome
{
    /// <summary>The spans are in the queue.</summary>
    Accepted,

    /// <summary>The request cannot be decoded.</summary>
    Invalid,

    /// <summary>The request exceeds a limit.</summary>
    TooLarge,

    /// <summary>The request has a type or an encoding that is not supported.</summary>
    Unsupported,

    /// <summary>The queue is full, or too many requests are being read. After this outcome only, the sender repeats the request.</summary>
    Unavailable,
}
