using System.Numerics;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>
/// A counter for many concurrent writers. Each processor increments a cell on a cache line of its own, so that increments do not
/// contend; a read adds up all cells.
/// </summary>
internal sealed class StripedCounter
{
    private const int CacheLine = 64 / sizeof(long);

    private static readonly int _cellCount = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 64));

    // The first cache line is not used: it holds the header of the array.
    private readonly long[] _cells = new long[(_cellCount + 1) * CacheLine];

    public long Total
    {
        get
        {
            var total = 0L;
            for (var cell = 1; cell <= _cellCount; cell++)
            {
                total += Volatile.Read(ref _cells[cell * CacheLine]);
            }

            return total;
        }
    }

    public void Increment() => Interlocked.Increment(ref _cells[((Thread.GetCurrentProcessorId() & (_cellCount - 1)) + 1) * CacheLine]);
}
