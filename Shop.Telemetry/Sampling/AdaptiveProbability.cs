namespace Shop.Telemetry.Sampling;

/// <summary>Steers a ratio towards so many kept per second. It learns the traffic from being asked, and remembers it for a while.</summary>
internal sealed class AdaptiveProbability(TimeProvider time)
{
    // Shorter looks would follow noise; the memory does the smoothing.
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(1);

    private readonly Lock _looking = new();
    private long _asked;
    private long _lastLook = time.GetTimestamp();
    private double? _perSecond;
    private double _ratio = 1;

    /// <summary>The ratio that the next one is decided with; called once for each.</summary>
    public double Next(double targetPerSecond, double lowest, double highest, TimeSpan memory)
    {
        Interlocked.Increment(ref _asked);
        if (time.GetElapsedTime(Volatile.Read(ref _lastLook)) >= _look && _looking.TryEnter())
        {
            try
            {
                Look(targetPerSecond, memory);
            }
            finally
            {
                _looking.Exit();
            }
        }

        return Math.Clamp(Volatile.Read(ref _ratio), lowest, highest);
    }

    private void Look(double targetPerSecond, TimeSpan memory)
    {
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(_lastLook, now);
        if (elapsed < _look)
            return; // somebody else just looked

        Volatile.Write(ref _lastLook, now);
        var seen = Interlocked.Exchange(ref _asked, 0) / elapsed.TotalSeconds;
        var weight = 1 - Math.Exp(-elapsed / memory);
        _perSecond = _perSecond is { } before ? before + weight * (seen - before) : seen;
        Volatile.Write(ref _ratio, _perSecond > 0 ? targetPerSecond / _perSecond.Value : 1);
    }
}
