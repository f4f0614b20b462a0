namespace Shop.Telemetry.Sampling;

/// <summary>
/// Adapts the sampling probability of traces so that a target number of traces per second is sampled. The traffic is measured from the
/// calls of <see cref="GetNext"/> and smoothed by an exponential moving average. A burst is limited before the average knows of it: the
/// n-th trace since the last update is sampled with a probability of at most target / n, so that a second with n traces has no more than
/// about target * (1 + ln(n / target)) sampled ones.
/// </summary>
/// <remarks>
/// Logs have a controller of their own, <see cref="Logs.AdaptiveLogProbability"/>, because the two need different dynamics. This one
/// has whole traces to lose and few of them, so its average is slow, and needs no timer. The one for logs is read for every log record.
/// </remarks>
internal sealed class AdaptiveProbability(TimeProvider time)
{
    // The moving average does the smoothing; shorter intervals would only measure noise.
    private static readonly TimeSpan _updateInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _updateLock = new();
    private long _count;
    private long _lastUpdate = time.GetTimestamp();
    private double? _ratePerSecond;
    private double _probability = 1;

    /// <summary>Counts one trace and returns the probability to sample it with.</summary>
    /// <param name="targetPerSecond">The target number of sampled traces per second.</param>
    /// <param name="minProbability">The lower limit of the result.</param>
    /// <param name="maxProbability">The upper limit of the result.</param>
    /// <param name="smoothingWindow">The time constant of the moving average.</param>
    public double GetNext(double targetPerSecond, double minProbability, double maxProbability, TimeSpan smoothingWindow)
    {
        var count = Interlocked.Increment(ref _count);
        if (time.GetElapsedTime(Volatile.Read(ref _lastUpdate)) >= _updateInterval && _updateLock.TryEnter())
        {
            try
            {
                Update(targetPerSecond, smoothingWindow);
            }
            finally
            {
                _updateLock.Exit();
            }
        }

        var burstLimit = targetPerSecond * _updateInterval.TotalSeconds / count;
        return Math.Clamp(Math.Min(Volatile.Read(ref _probability), burstLimit), minProbability, maxProbability);
    }

    private void Update(double targetPerSecond, TimeSpan smoothingWindow)
    {
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(_lastUpdate, now);
        if (elapsed < _updateInterval)
        {
            return; // Another thread has updated the probability since the caller's check.
        }

        Volatile.Write(ref _lastUpdate, now);
        var measured = Interlocked.Exchange(ref _count, 0) / elapsed.TotalSeconds;
        var weight = 1 - Math.Exp(-elapsed / smoothingWindow);
        _ratePerSecond = _ratePerSecond is { } previous ? previous + weight * (measured - previous) : measured;
        Volatile.Write(ref _probability, _ratePerSecond > 0 ? targetPerSecond / _ratePerSecond.Value : 1);
    }
}
