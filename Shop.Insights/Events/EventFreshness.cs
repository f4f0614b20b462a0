using Npgsql;
using Shop.Insights.Data;

namespace Shop.Insights.Events;

/// <summary>How current the stored events are.</summary>
/// <remarks>It has a connection of its own: a page and its parts read at the same time.</remarks>
internal sealed class EventFreshness(BackgroundConnections connections)
{
    /// <summary>Returns the time of the newest event; null if there is none.</summary>
    public async Task<DateTimeOffset?> GetNewestAsync(CancellationToken cancellationToken)
    {
        var (newest, _) = await GetStateAsync(cancellationToken);
        return newest;
    }

    /// <summary>Returns the time of the newest event, and when an event was stored last; nulls if there is none.</summary>
    public async Task<(DateTimeOffset? Newest, DateTimeOffset? StoredAt)> GetStateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT newest_time, stored_at FROM event_state", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (new DateTimeOffset(reader.GetDateTime(0), TimeSpan.Zero), new DateTimeOffset(reader.GetDateTime(1), TimeSpan.Zero))
            : (null, null);
    }
}
