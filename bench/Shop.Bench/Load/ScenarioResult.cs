using Shop.Bench.Measurement;

namespace Shop.Bench.Load;

/// <summary>Load and processor time of one scenario.</summary>
internal sealed record ScenarioResult(LoadResult Load, IReadOnlyList<CpuTime> Cpu)
{
    /// <summary>Combines several runs of the same scenario into one result.</summary>
    public static ScenarioResult Combine(IReadOnlyList<ScenarioResult> runs) => new(
        new LoadResult(runs.Sum(run => run.Load.Seconds), [.. runs.SelectMany(run => run.Load.Latencies)]),
        [
            .. runs.SelectMany(run => run.Cpu).GroupBy(cpu => cpu.Process)
                .Select(process => new CpuTime(process.Key, process.Sum(cpu => cpu.Seconds)))
                .OrderByDescending(cpu => cpu.Seconds),
        ]);
}
