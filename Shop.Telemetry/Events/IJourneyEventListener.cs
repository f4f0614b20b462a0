namespace Shop.Telemetry.Events;

/// <summary>Receives the journey events that this service emits, for example to count them in metrics.</summary>
public interface IJourneyEventListener
{
    /// <summary>
    /// Called for each event on the thread that emits it, before <see cref="JourneyEvents.Emit"/> returns. An implementation must not
    /// block, and an exception reaches the code that emits the event.
    /// </summary>
    /// <param name="journeyEvent">The event.</param>
    void OnEvent(JourneyEvent journeyEvent);
}

/// <summary>Receives the journey events of one type that this service emits.</summary>
/// <typeparam name="TEvent">The type of the events.</typeparam>
public interface IJourneyEventListener<in TEvent> where TEvent : JourneyEvent
{
    /// <inheritdoc cref="IJourneyEventListener.OnEvent"/>
    void OnEvent(TEvent journeyEvent);
}
