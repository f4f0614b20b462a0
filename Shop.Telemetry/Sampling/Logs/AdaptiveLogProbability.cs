using System.Runtime.CompilerServices;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>
/// A rate that follows throughput: everything while there is little, and as much less as there is more, down to a floor. It is set
/// once a second; a burst that fills the second's share early is answered at once.
/// </summary>
/// <remarks>Unlike the ratio of traces it is asked for every line, from every thread: asking is one read.</remarks>
internal sealed class AdaptiveLogProbability : IDisposable
{
    private static readonly TimeSpan _step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _shortest = _step / 2;

    private readonly int _target;
    private readonly double _floor;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _stepping = new();
    private readonly StripedCounter _offered = new();
    private long _offeredBefore;
    private long _since;
    private double _perSecond;
    private int _kept;
    private double _share = 1;
    private volatile StrongBox<SamplingThreshold> _threshold = new(SamplingThreshold.FromProbability(1));

    public AdaptiveLogProbability(int targetPerSecond, double floor, TimeProvider time)
    {
        (_target, _floor, _time) = (targetPerSecond, floor, time);
        _since = time.GetTimestamp();
        _timer = time.CreateTimer(static rate => ((AdaptiveLogProbability)rate!).Step(early: false), this, _step, _step);
    }

    public SamplingThreshold Current => _threshold.Value;

    public double Share => Volatile.Read(ref _share);

    /// <summary>A line came along, and was kept or not.</summary>
    public void Saw(bool kept)
    {
        _offered.Add();
        if (kept && Interlocked.Increment(ref _kept) == 2 * _target)
            Step(early: true);
    }

    public void Dispose() => _timer.Dispose();

    private void Step(bool early)
    {
        lock (_stepping)
        {
            var now = _time.GetTimestamp();
            var elapsed = _time.GetElapsedTime(_since, now);
            if (!early && elapsed < _shortest)
                return;

            // A thousand lines in a millisecond are not a million a second: a burst counts as if it had taken its time.
            var offered = _offered.Total;
            var perSecond = (offered - _offeredBefore) / (elapsed > _shortest ? elapsed : _shortest).TotalSeconds;
            (_since, _offeredBefore, _kept) = (now, offered, 0);

            // Up at once, down by half of the way: between two bursts the door does not stand open for the second one.
            _perSecond = perSecond > _perSecond ? perSecond : (perSecond + _perSecond) / 2;
            var share = Math.Clamp(_target / Math.Max(_perSecond, 1), _floor, 1);
            if (share == _share)
                return;
            Volatile.Write(ref _share, share);
            _threshold = new(SamplingThreshold.FromProbability(share));
        }
    }
}
