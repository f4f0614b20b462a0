namespace Shop.Contracts.Events;

/// <summary>
/// A step of a visitor's journey, from the first product view to the end of an order. Each event is a record with an
/// <see cref="EventAttribute"/>, and its properties are fields of <see cref="EventFields"/>. All events are listed in docs/events.md.
/// </summary>
public abstract record JourneyEvent;
