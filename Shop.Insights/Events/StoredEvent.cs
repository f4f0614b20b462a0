using System.Text.Json;
using System.Text.RegularExpressions;
using Shop.Insights.Data;
using Shop.Messaging.JourneyEvents;
using Shop.Telemetry.Journeys;

namespace Shop.Insights.Events;

/// <summary>An event as a row: what queries need in columns of their own, and everything else as JSON.</summary>
internal sealed partial record StoredEvent(
    Guid EventId,
    DateTimeOffset Time,
    long Sequence,
    string Name,
    string Service,
    string? SessionId,
    string? JourneyId,
    string? RequestId,
    string? TraceId,
    string? SpanId,
    string? Segment,
    string? Experiment,
    string? Variant,
    string? Source,
    string? Device,
    bool Synthetic,
    string? PagePath,
    string? PageFrom,
    string? Sku,
    string? OrderId,
    string Properties)
{
    // An index entry of PostgreSQL has at most 2,704 bytes.
    private const int MaxTextLength = 128;

    /// <summary>
    /// The bits of the position below the milliseconds: a process emits fewer events in the milliseconds around one event.
    /// </summary>
    public const int SequenceBits = 22;

    private static readonly HashSet<string> _columns = new(StringComparer.Ordinal)
    {
        JourneyKeys.SessionId, JourneyKeys.JourneyId, JourneyKeys.RequestId, JourneyKeys.UserSegment, JourneyKeys.Experiment,
        JourneyKeys.ExperimentGroup, JourneyKeys.PageFrom, EventAttributes.PagePath, EventAttributes.Sku, EventAttributes.OrderId,
        EventAttributes.Source, EventAttributes.Device,
    };

    /// <summary>
    /// Gets the place of the event among those of its session: by time, and within a millisecond by sequence.
    /// </summary>
    public long Position => GetPosition(Time.ToUnixTimeMilliseconds(), Sequence);

    /// <summary>Returns the position of an event.</summary>
    /// <param name="milliseconds">The time, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="sequence">The sequence of the event in its service.</param>
    public static long GetPosition(long milliseconds, long sequence) =>
        (milliseconds << SequenceBits) | (sequence & ((1L << SequenceBits) - 1));

    /// <summary>Returns the position before all events of a time.</summary>
    public static long GetPosition(DateTimeOffset time) => GetPosition(time.ToUnixTimeMilliseconds(), 0);

    /// <summary>Returns the time of a position, in milliseconds since 1970-01-01 UTC.</summary>
    public static long GetMilliseconds(long position) => position >> SequenceBits;

    /// <summary>Creates the row of an event.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is outside of the range of <see cref="DateTimeOffset"/>.</exception>
    public static StoredEvent From(JourneyEventRecord record)
    {
        var attributes = record.Attributes;
        return new(
            record.EventId,
            DateTimeOffset.FromUnixTimeMilliseconds(record.TimeUnixMs),
            record.Sequence,
            Limit(record.EventName),
            Limit(record.Resource.TryGetValue("service.name", out var service) ? service : "unknown"),
            Get(JourneyKeys.SessionId),
            Get(JourneyKeys.JourneyId),
            Get(JourneyKeys.RequestId),
            record.TraceId is null ? null : Limit(record.TraceId),
            record.SpanId is null ? null : Limit(record.SpanId),
            Get(JourneyKeys.UserSegment),
            Get(JourneyKeys.Experiment),
            Get(JourneyKeys.ExperimentGroup),
            Get(EventAttributes.Source),
            Get(EventAttributes.Device),
            attributes.ContainsKey(EventAttributes.SyntheticType),
            Get(EventAttributes.PagePath),
            Get(JourneyKeys.PageFrom),
            Get(EventAttributes.Sku),
            Get(EventAttributes.OrderId),
            ReplaceNull(JsonSerializer.Serialize(attributes.Where(attribute => !_columns.Contains(attribute.Key)).ToDictionary())));

        string? Get(string name) => attributes.TryGetValue(name, out var value)
            ? value.ValueKind is JsonValueKind.Null ? null : Limit(value.ToString())
            : null;
    }

    private static string Limit(string text) => StoredText.Limit(text, MaxTextLength);

    // PostgreSQL stores no null characters. A backslash before "u0000" may be escaped itself.
    private static string ReplaceNull(string json) => json.Contains(@"\u0000", StringComparison.Ordinal)
        ? EscapedCharacter().Replace(json, match => match.Value == @"\u0000" ? @"\uFFFD" : match.Value)
        : json;

    [GeneratedRegex(@"\\(?:u0000|.)")]
    private static partial Regex EscapedCharacter();
}
