namespace Shop.ServiceDefaults.LogSampling;

/// <summary>Counts from many threads at once, each processor in a cell of its own, so that counting costs no more on many of them.</summary>
internal sealed class Tally
{
    private const int CacheLine = 64 / sizeof(long);

    private static readonly int _cells = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 64));

    private readonly long[] _counts = new long[(_cells + 1) * CacheLine];

    public void Add() => Interlocked.Increment(ref _counts[((Thread.GetCurrentProcessorId() & (_cells - 1)) + 1) * CacheLine]);

    public long Total
    {
        get
        {
            var total = 0L;
            for (var cell = 1; cell <= _cells; cell++)
                total += Volatile.Read(ref _counts[cell * CacheLine]);
            return total;
        }
    }
}
