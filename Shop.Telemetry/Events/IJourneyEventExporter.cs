namespace Shop.Telemetry.Events;

/// <summary>Exports every journey event from the process, for example to a message broker. A service has one exporter, or none.</summary>
public interface IJourneyEventExporter
{
    /// <summary>
    /// Called for each event on the thread that emits it, with the current span and journey of the event. An implementation does not
    /// throw. It may block for a short and limited time when it cannot take the event.
    /// </summary>
    /// <param name="name">The name of the event, such as <c>cart.line_added</c>.</param>
    /// <param name="version">The version of the event's fields, from 1 on.</param>
    /// <param name="at">When it happened; null for now.</param>
    /// <param name="attributes">
    /// The fields of the event, the page path and the critical route by their attribute names. The attributes of the journey are in
    /// <see cref="Journeys.JourneyContext"/>.
    /// </param>
    void Export(string name, int version, DateTimeOffset? at, IReadOnlyList<KeyValuePair<string, object?>> attributes);
}
