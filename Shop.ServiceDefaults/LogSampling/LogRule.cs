using Shop.ServiceDefaults.Sampling;

namespace Shop.ServiceDefaults.LogSampling;

/// <summary>Decides about lines of some categories and levels, and counts what it did.</summary>
internal sealed class LogRule(LogTally tally, Threshold? fixedRate, ThroughputRate throughput)
{
    public Threshold Rate => fixedRate ?? throughput.Current;

    public void Count(LogVerdict verdict)
    {
        (verdict is LogVerdict.Dropped ? tally.Dropped : tally.Kept).Add();
        if (fixedRate is null && verdict is not LogVerdict.KeptAnyway)
            throughput.Saw(kept: verdict is LogVerdict.Kept);
    }
}
