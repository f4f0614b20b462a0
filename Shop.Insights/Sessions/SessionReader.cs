using System.Text.Json;
using Shop.Insights.Data;
using Shop.Insights.Queries;

namespace Shop.Insights.Sessions;

/// <summary>Reads the events of single sessions.</summary>
internal sealed class SessionReader(InsightsDbContext db)
{
    private const int MaxEvents = 1000;

    /// <summary>
    /// Returns the events of a session in order; null if there are none. Of a longer session, the first 1,000 events are returned.
    /// </summary>
    public async Task<SessionView?> ReadAsync(string sessionId, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        // Reads the partitions from the oldest on; most have no event of the session.
        var text = $"""
            SELECT time, event_id, name, service, journey_id, trace_id, page_path, sku, order_id, segment, experiment, variant, synthetic,
                properties
            FROM events WHERE session_id = {sql.Add(sessionId)} ORDER BY time, position LIMIT {sql.Add(MaxEvents)}
            """;
        await using var command = sql.CreateCommand(await db.OpenAsync(cancellationToken), text);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var events = new List<SessionEvent>();
        var (segment, variant, synthetic) = ((string?)null, (string?)null, false);
        while (await reader.ReadAsync(cancellationToken))
        {
            events.Add(new(
                new DateTimeOffset(reader.GetDateTime(0), TimeSpan.Zero), reader.GetGuid(1), reader.GetString(2), reader.GetString(3),
                GetText(4), GetText(5), GetText(6), GetText(7), GetText(8),
                JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(reader.GetString(13))!));
            segment = GetText(9) ?? segment;
            variant = GetText(10) is { } experiment ? $"{experiment}:{GetText(11)}" : variant;
            synthetic |= reader.GetBoolean(12);
        }

        return events.Count == 0 ? null : new(sessionId, segment, variant, synthetic, events);

        string? GetText(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }
}

/// <summary>A session.</summary>
/// <param name="SessionId">The id.</param>
/// <param name="Segment">The last segment: new, returning or member.</param>
/// <param name="Variant">The experiment and the variant, such as checkout:two_steps.</param>
/// <param name="Synthetic">Whether the visitor is synthetic: simulated, or a crawler.</param>
/// <param name="Events">The events in order. Of a longer session, the first 1,000 events.</param>
public sealed record SessionView(
    string SessionId, string? Segment, string? Variant, bool Synthetic, IReadOnlyList<SessionEvent> Events);

/// <summary>An event of a session.</summary>
/// <param name="Time">When it happened.</param>
/// <param name="EventId">The id of the event.</param>
/// <param name="Name">The name of the event.</param>
/// <param name="Service">The service that emitted it.</param>
/// <param name="JourneyId">The journey.</param>
/// <param name="TraceId">The trace.</param>
/// <param name="PagePath">The route.</param>
/// <param name="Sku">The product.</param>
/// <param name="OrderId">The order.</param>
/// <param name="Properties">All other properties.</param>
public sealed record SessionEvent(
    DateTimeOffset Time,
    Guid EventId,
    string Name,
    string Service,
    string? JourneyId,
    string? TraceId,
    string? PagePath,
    string? Sku,
    string? OrderId,
    IReadOnlyDictionary<string, JsonElement> Properties);
