namespace Shop.Bench.Soak;

/// <summary>Memory of one process.</summary>
/// <param name="Heap">Size of the managed heap after a full garbage collection, in bytes.</param>
/// <param name="Resident">Resident set size, in bytes.</param>
internal sealed record MemorySample(double Heap, double Resident);
