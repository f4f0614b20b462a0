namespace Shop.Orders.Payment.Simulator;

/// <summary>What the simulator remembers of an order, so that it answers alike in every replica and after every restart.</summary>
internal sealed class SimulatedPayment
{
    public required Guid OrderId { get; init; }
    public required long Amount { get; init; }
    public required string Currency { get; init; }
    public required PaymentOutcome Outcome { get; init; }

    /// <summary>Why it was declined.</summary>
    public string? Reason { get; init; }

    /// <summary>When to tell the shop what the buyer did; null when there is nothing (more) to tell.</summary>
    public DateTimeOffset? CallBackAt { get; init; }

    public required DateTimeOffset At { get; init; }
}

internal enum PaymentOutcome
{
    Pending,
    Accepted,
    Declined,
    PaidBack,
}
