using System.Diagnostics;

namespace Shop.Tests.Integration.Support;

/// <summary>Waits until the application reaches a state.</summary>
internal static class Eventually
{
    // A message that fails four times is redelivered after 5, 5, 30 and 30 s.
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Reads until <paramref name="reached"/> returns <see langword="true"/>, and returns the last value.</summary>
    /// <exception cref="TimeoutException">The state was not reached within <see cref="Timeout"/>.</exception>
    public static Task<T> ReadAsync<T>(Func<Task<T>> read, Func<T, bool> reached) => ReadAsync(read, reached, Timeout);

    /// <summary>Reads until <paramref name="reached"/> returns <see langword="true"/>, and returns the last value.</summary>
    /// <exception cref="TimeoutException">The state was not reached within <paramref name="timeout"/>.</exception>
    public static async Task<T> ReadAsync<T>(Func<Task<T>> read, Func<T, bool> reached, TimeSpan timeout)
    {
        var elapsed = Stopwatch.StartNew();
        while (true)
        {
            var value = await read();
            if (reached(value))
            {
                return value;
            }

            if (elapsed.Elapsed > timeout)
            {
                throw new TimeoutException($"Not reached within {timeout.TotalSeconds:0} s; last value: {value}");
            }

            await Task.Delay(_pollInterval);
        }
    }
}
