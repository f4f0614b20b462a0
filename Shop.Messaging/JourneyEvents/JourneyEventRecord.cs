using System.Text.Json;

namespace Shop.Messaging.JourneyEvents;

/// <summary>
/// A journey event as it leaves its service. A message is a JSON array of these, in camel case; <see cref="Resource"/> and
/// <see cref="Attributes"/> have OpenTelemetry's attribute names as keys. See docs/journey-events.md.
/// </summary>
/// <param name="EventId">Unique id, a UUID of version 7. An event that arrives twice has the same id.</param>
/// <param name="EventName">Name of the event, such as <c>cart.line_added</c>.</param>
/// <param name="SchemaVersion">Version of the fields of this event, from 1 on.</param>
/// <param name="TimeUnixMs">When it happened, in milliseconds since 1970-01-01 UTC: mostly when it was emitted.</param>
/// <param name="Sequence">
/// Increases with each event of a service instance, also over its restarts. It restores the order of a session's events in the instance.
/// </param>
/// <param name="TraceId">Trace id, 32 hexadecimal digits; <see langword="null"/> outside of a trace.</param>
/// <param name="SpanId">Span id, 16 hexadecimal digits; <see langword="null"/> outside of a trace.</param>
/// <param name="Resource"><c>service.name</c> and <c>service.instance.id</c> of the service, as in its telemetry.</param>
/// <param name="Attributes">
/// The fields of the event (docs/events.md), <c>shop.page.path</c>, <c>shop.critical_route</c> and the attributes of the journey, such as
/// <c>session.id</c>.
/// </param>
public sealed record JourneyEventRecord(
    Guid EventId,
    string EventName,
    int SchemaVersion,
    long TimeUnixMs,
    long Sequence,
    string? TraceId,
    string? SpanId,
    IReadOnlyDictionary<string, string> Resource,
    IReadOnlyDictionary<string, JsonElement> Attributes)
{
    /// <summary>Parses the body of a message.</summary>
    /// <param name="body">The body: a JSON array in UTF-8.</param>
    /// <exception cref="JsonException">The body is not a batch of events.</exception>
    public static IReadOnlyList<JourneyEventRecord> ParseBatch(ReadOnlySpan<byte> body) =>
        JsonSerializer.Deserialize<JourneyEventRecord[]>(body, JsonSerializerOptions.Web)
            ?? throw new JsonException("The body of a message with journey events is null.");
}
