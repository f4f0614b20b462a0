namespace Shop.Catalog.Data;

internal static class TimeProviderExtensions
{
    /// <summary>
    /// Returns the current UTC time in microseconds, the precision of a PostgreSQL timestamp. A value that is returned before it is stored
    /// then equals the value that is read later.
    /// </summary>
    public static DateTimeOffset GetUtcNowInMicroseconds(this TimeProvider timeProvider)
    {
        var now = timeProvider.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
