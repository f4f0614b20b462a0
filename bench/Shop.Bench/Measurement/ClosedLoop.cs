using System.Diagnostics;

namespace Shop.Bench.Measurement;

/// <summary>
/// Closed-loop load: each client starts its next step when its previous one has completed, so the number of requests in flight never
/// exceeds the number of clients.
/// </summary>
internal static class ClosedLoop
{
    /// <summary>Runs the step on all clients and records the latency of each execution.</summary>
    /// <param name="clients">Number of concurrent clients.</param>
    /// <param name="duration">Time after which no client starts another step.</param>
    /// <param name="step">One or more requests. The argument is the number of the step, starting at 0. An exception ends the run.</param>
    /// <param name="maxSteps">Maximum number of steps of all clients.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public static async Task<LoadResult> RunAsync(
        int clients,
        TimeSpan duration,
        Func<int, Task> step,
        int maxSteps = int.MaxValue,
        CancellationToken cancellationToken = default)
    {
        var lastNumber = -1;
        var latencies = new List<double>[clients];
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients)
            .Select(client => Task.Run(() => RunClientAsync(latencies[client] = []), cancellationToken)));
        return new LoadResult(Stopwatch.GetElapsedTime(started).TotalSeconds, [.. latencies.SelectMany(client => client)]);

        async Task RunClientAsync(List<double> clientLatencies)
        {
            while (Stopwatch.GetElapsedTime(started) < duration && Interlocked.Increment(ref lastNumber) is var number && number < maxSteps)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var stepStarted = Stopwatch.GetTimestamp();
                await step(number);
                clientLatencies.Add(Stopwatch.GetElapsedTime(stepStarted).TotalMilliseconds);
            }
        }
    }
}
