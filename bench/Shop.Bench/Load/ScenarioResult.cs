using Shop.Bench.Measurement;

namespace Shop.Bench.Load;

/// <summary>Load and processor time of one scenario.</summary>
/// <param name="Load">All rounds together.</param>
/// <param name="Cpu">Processor time of each process.</param>
/// <param name="Rounds">The single rounds.</param>
internal sealed record ScenarioResult(LoadResult Load, IReadOnlyList<CpuTime> Cpu, IReadOnlyList<LoadResult> Rounds)
{
    /// <summary>Combines the rounds of a scenario.</summary>
    public static ScenarioResult Combine(IReadOnlyCollection<(LoadResult Load, IReadOnlyList<CpuTime> Cpu)> rounds) => new(
        LoadResult.Combine([.. rounds.Select(round => round.Load)]),
        [
            .. rounds.SelectMany(round => round.Cpu).GroupBy(cpu => cpu.Process)
                .Select(process => new CpuTime(process.Key, process.Sum(cpu => cpu.Seconds)))
                .OrderByDescending(cpu => cpu.Seconds),
        ],
        [.. rounds.Select(round => round.Load)]);

    /// <summary>Estimates the requests per second relative to those of another scenario in the same rounds.</summary>
    public Estimate RelativeTo(ScenarioResult other) =>
        Estimate.Of(Rounds.Zip(other.Rounds, (round, otherRound) => round.PerSecond / otherRound.PerSecond));
}
