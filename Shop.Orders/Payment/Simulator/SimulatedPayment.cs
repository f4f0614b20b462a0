namespace Shop.Orders.Payment.Simulator;

/// <summary>A payment of the simulated provider. Stored, so that every replica returns the same result, even after a restart.</summary>
internal sealed class SimulatedPayment
{
    public required Guid OrderId { get; init; }

    public required long Amount { get; init; }

    public required string Currency { get; init; }

    public required SimulatedPaymentOutcome Outcome { get; init; }

    /// <summary>The reason why the payment was, or will be, declined.</summary>
    public string? Reason { get; init; }

    /// <summary>The time at which the outcome is sent by webhook; null when no webhook is left to send.</summary>
    public DateTimeOffset? WebhookDueAt { get; init; }

    /// <summary>The number of attempts to send the webhook.</summary>
    public int WebhookAttempts { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }
}
