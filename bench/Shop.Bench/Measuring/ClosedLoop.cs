using System.Diagnostics;

namespace Shop.Bench.Measuring;

/// <summary>Clients of which each sends its next request when the last one is answered: never more at once than there are clients.</summary>
internal static class ClosedLoop
{
    /// <param name="clients">How many.</param>
    /// <param name="time">When no client begins another step.</param>
    /// <param name="step">One request or several, with its number, from 0. An exception ends the whole run.</param>
    /// <param name="count">Steps at most.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public static async Task<Steps> RunAsync(int clients, TimeSpan time, Func<int, Task> step, int count = int.MaxValue, CancellationToken cancellationToken = default)
    {
        var next = -1;
        var latencies = new List<double>[clients];
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => ClientAsync(latencies[client] = []), cancellationToken)));
        return new Steps(Stopwatch.GetElapsedTime(since).TotalSeconds, [.. latencies.SelectMany(each => each)]);

        async Task ClientAsync(List<double> mine)
        {
            while (Stopwatch.GetElapsedTime(since) < time && Interlocked.Increment(ref next) is var number && number < count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var before = Stopwatch.GetTimestamp();
                await step(number);
                mine.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
            }
        }
    }
}

/// <summary>What a run has measured.</summary>
internal sealed record Steps(double Seconds, double[] Latencies)
{
    private readonly double[] _sorted = [.. Latencies.Order()];

    public int Count => _sorted.Length;

    public double PerSecond => Count / Seconds;

    /// <summary>Milliseconds that this share of the steps took at most.</summary>
    public double Percentile(double share) => _sorted[(int)Math.Min(share * Count, Count - 1)];
}
