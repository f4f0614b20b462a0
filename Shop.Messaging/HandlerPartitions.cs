using System.Globalization;

namespace Shop.Messaging;

/// <summary>Lets one message of a partition be handled at a time. Keys are spread over a fixed number of partitions.</summary>
/// <param name="maxWait">How long a message waits for its partition. It does not count as time of its handler.</param>
/// <param name="time">Measures the wait.</param>
internal sealed class HandlerPartitions(TimeSpan maxWait, TimeProvider time)
{
    // More partitions than messages in progress, so that different keys rarely share one.
    private const int Count = 128;

    private readonly SemaphoreSlim[] _partitions = [.. Enumerable.Range(0, Count).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Waits for the partition of a key. Dispose the result to leave the partition.</summary>
    /// <exception cref="HandlerTimeoutException">The partition did not become free in time.</exception>
    public async Task<IDisposable> EnterAsync(Guid key, CancellationToken cancellationToken)
    {
        var partition = _partitions[(uint)key.GetHashCode() % Count];
        if (!partition.Wait(0, CancellationToken.None))
        {
            using var limit = new CancellationTokenSource(maxWait, time);
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            try
            {
                await partition.WaitAsync(waiting.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new HandlerTimeoutException(string.Create(
                    CultureInfo.InvariantCulture, $"Other messages with the same partition were handled for {maxWait}."));
            }
        }

        return new Exit(partition);
    }

    private sealed class Exit(SemaphoreSlim partition) : IDisposable
    {
        public void Dispose() => partition.Release();
    }
}
