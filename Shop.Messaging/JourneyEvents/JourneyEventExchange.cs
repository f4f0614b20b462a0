namespace Shop.Messaging.JourneyEvents;

/// <summary>The exchange that every service publishes its journey events to.</summary>
/// <remarks>
/// It is a durable fanout exchange without a queue of its own: events that no consumer has asked for are confirmed and dropped by the
/// broker, so nothing accumulates. A consumer declares the exchange and a durable queue with a limit of its choice, and binds the queue
/// once; from then on it gets every event, also those of the time when it does not run.
/// </remarks>
public static class JourneyEventExchange
{
    /// <summary>The name of the exchange. Its type is <c>fanout</c>, and it is durable.</summary>
    public const string Name = "journey-events";
}
