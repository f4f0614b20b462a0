namespace Shop.Catalog.Storage;

internal static class StoredTime
{
    /// <summary>Now, as exact as the database is: what is answered at once is what is read later.</summary>
    public static DateTimeOffset GetStorableNow(this TimeProvider time)
    {
        var now = time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
