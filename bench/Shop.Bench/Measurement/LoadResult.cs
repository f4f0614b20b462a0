namespace Shop.Bench.Measurement;

/// <summary>The result of a load run.</summary>
/// <param name="Seconds">Duration of the run.</param>
/// <param name="Latencies">Latency of each step, in milliseconds.</param>
internal sealed record LoadResult(double Seconds, double[] Latencies)
{
    private readonly double[] _sorted = [.. Latencies.Order()];

    public int Count => _sorted.Length;

    public double PerSecond => Count / Seconds;

    /// <summary>Combines several runs of the same load.</summary>
    public static LoadResult Combine(IReadOnlyCollection<LoadResult> runs) =>
        new(runs.Sum(run => run.Seconds), [.. runs.SelectMany(run => run.Latencies)]);

    /// <summary>Returns the latency in milliseconds that the given share of the steps did not exceed.</summary>
    /// <param name="quantile">From 0 to 1.</param>
    public double Percentile(double quantile) => _sorted[(int)Math.Min(quantile * Count, Count - 1)];
}
