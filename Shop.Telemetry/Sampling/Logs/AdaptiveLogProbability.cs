using System.Runtime.CompilerServices;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>
/// Adapts the sampling probability of log records so that a target number of records per second is sampled. The probability is 1 while
/// there are fewer records than the target, and never lower than a minimum. It is updated once per second, and at once when a burst has
/// sampled twice the target within the second.
/// </summary>
/// <remarks>
/// Traces have a controller of their own, <see cref="AdaptiveProbability"/>, because the two need different dynamics. This one is read
/// for every log record on every thread, so that a read has to be one memory access and the update runs on a timer. It has to follow a
/// rise at once, because records of a burst are written within milliseconds.
/// </remarks>
internal sealed class AdaptiveLogProbability : IDisposable
{
    private static readonly TimeSpan _updateInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _minInterval = _updateInterval / 2;

    private readonly int _targetPerSecond;
    private readonly double _minProbability;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _updateLock = new();
    private readonly StripedCounter _count = new();
    private long _countAtLastUpdate;
    private long _lastUpdate;
    private double _ratePerSecond;
    private int _sampled;
    private double _probability = 1;
    private volatile StrongBox<SamplingThreshold> _threshold = new(SamplingThreshold.FromProbability(1));

    /// <param name="targetPerSecond">The target number of sampled log records per second.</param>
    /// <param name="minProbability">The lower limit of the probability.</param>
    /// <param name="time">Measures the rate.</param>
    public AdaptiveLogProbability(int targetPerSecond, double minProbability, TimeProvider time)
    {
        (_targetPerSecond, _minProbability, _time) = (targetPerSecond, minProbability, time);
        _lastUpdate = time.GetTimestamp();
        _timer = time.CreateTimer(
            static state => ((AdaptiveLogProbability)state!).Update(isBurst: false), this, _updateInterval, _updateInterval);
    }

    /// <summary>The current probability.</summary>
    public double Probability => Volatile.Read(ref _probability);

    /// <summary>The threshold of the current probability.</summary>
    public SamplingThreshold Threshold => _threshold.Value;

    /// <summary>Counts one log record and whether it was sampled.</summary>
    public void Record(bool sampled)
    {
        _count.Increment();
        if (sampled && Interlocked.Increment(ref _sampled) == 2 * _targetPerSecond)
        {
            Update(isBurst: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Update(bool isBurst)
    {
        lock (_updateLock)
        {
            var now = _time.GetTimestamp();
            var elapsed = _time.GetElapsedTime(_lastUpdate, now);
            if (!isBurst && elapsed < _minInterval)
            {
                return;
            }

            // The minimum interval keeps a short burst from being extrapolated: 1000 records in 1 ms are not 1,000,000 per second.
            var count = _count.Total;
            var measured = (count - _countAtLastUpdate) / (elapsed > _minInterval ? elapsed : _minInterval).TotalSeconds;
            (_lastUpdate, _countAtLastUpdate, _sampled) = (now, count, 0);

            // The rate follows a rise at once and a fall by half of the difference, so that a second burst does not meet the probability
            // of an idle service.
            _ratePerSecond = measured > _ratePerSecond ? measured : (measured + _ratePerSecond) / 2;
            var probability = Math.Clamp(_targetPerSecond / Math.Max(_ratePerSecond, 1), _minProbability, 1);
            if (probability == _probability)
            {
                return;
            }

            Volatile.Write(ref _probability, probability);
            _threshold = new(SamplingThreshold.FromProbability(probability));
        }
    }
}
