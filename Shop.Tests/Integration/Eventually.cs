using System.Diagnostics;

namespace Shop.Tests.Integration;

/// <summary>Waiting for a state, with a limit that a healthy system never comes near.</summary>
internal static class Eventually
{
    // A message that meets trouble four times waits 5, 5, 30 and 30 s beside its queue, and that is as it should be.
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Reads until <paramref name="reached"/> holds, and returns what was read.</summary>
    public static async Task<T> ReadAsync<T>(Func<Task<T>> read, Func<T, bool> reached)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            var value = await read();
            if (reached(value))
            {
                return value;
            }

            if (since.Elapsed > Limit)
            {
                throw new TimeoutException($"Not reached within {Limit.TotalSeconds:0} s; last seen: {value}");
            }

            await Task.Delay(_pause);
        }
    }
}
