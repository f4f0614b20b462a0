using Shop.ServiceDefaults.Sampling;

namespace Shop.ServiceDefaults.LogSampling;

/// <summary>Decides about lines of some categories and levels, and counts what it did.</summary>
internal sealed class LogRule(LogTally tally, Threshold? fixedRate, ThroughputRate throughput)
{
    public Threshold Rate => fixedRate ?? throughput.Current;

    public void Saw(bool kept)
    {
        (kept ? tally.Kept : tally.Dropped).Add();
        if (fixedRate is null)
            throughput.Saw(kept);
    }

    /// <summary>Kept whatever the rate is, for the sake of its trace or its node.</summary>
    public void KeptAnyway() => tally.Kept.Add();
}
