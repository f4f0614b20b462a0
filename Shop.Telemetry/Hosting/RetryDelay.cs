namespace Shop.Telemetry.Hosting;

/// <summary>The delay after which a worker tries an item again that has failed.</summary>
public static class RetryDelay
{
    /// <summary>Returns the delay after a failed attempt. It doubles with each attempt.</summary>
    /// <param name="attempts">The number of failed attempts, at least 1.</param>
    /// <param name="initial">The delay after the first attempt.</param>
    /// <param name="max">The maximum delay.</param>
    public static TimeSpan Get(int attempts, TimeSpan initial, TimeSpan max) =>
        TimeSpan.FromTicks((long)Math.Min(initial.Ticks * Math.Pow(2, attempts - 1), max.Ticks));
}
