using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// Provides the current <see cref="SamplingPolicy"/>. A valid configuration change replaces the policy; the options keep their
/// values after an invalid one.
/// </summary>
internal sealed class SamplingPolicyProvider : IDisposable
{
    private readonly IDisposable? _changeSubscription;
    private volatile SamplingPolicy _current;

    public SamplingPolicyProvider(IOptionsMonitor<TraceSamplingOptions> options)
    {
        _current = new SamplingPolicy(options.CurrentValue);
        _changeSubscription = options.OnChange(changed => _current = new SamplingPolicy(changed));
    }

    public SamplingPolicy Current => _current;

    public void Dispose() => _changeSubscription?.Dispose();
}
