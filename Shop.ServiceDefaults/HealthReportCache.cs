using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Shop.ServiceDefaults;

/// <summary>
/// The result of all health checks, not older than one second. The checks run once at a time however many callers ask, so that nobody
/// can exhaust the connections of the service through its probes.
/// </summary>
internal sealed class HealthReportCache(HealthCheckService checks, TimeProvider time)
{
    private static readonly TimeSpan _lifetime = TimeSpan.FromSeconds(1);

    // Longer than the timeout of a check. One that has not ended by then ignores its cancellation token, and may never end.
    private static readonly TimeSpan _maxDuration = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private Task<Result>? _result;
    private long _startedAt;

    /// <summary>Gets the latest result, or that of the checks that are running.</summary>
    public async Task<HealthReport> GetAsync(CancellationToken cancellationToken)
    {
        Task<Result> result;
        lock (_lock)
        {
            if (_result is null || !IsCurrent(_result))
            {
                // Its caller may leave, and the others still wait for it. Below the span of a probe, checks are not traced.
                _startedAt = time.GetTimestamp();
                _result = Task.Run(CheckAsync, CancellationToken.None);
            }

            result = _result;
        }

        return (await result.WaitAsync(cancellationToken)).Report;
    }

    private bool IsCurrent(Task<Result> result) => result.IsCompleted
        ? result.IsCompletedSuccessfully && time.GetElapsedTime(result.Result.CheckedAt) < _lifetime
        : time.GetElapsedTime(_startedAt) < _maxDuration;

    private async Task<Result> CheckAsync()
    {
        var report = await checks.CheckHealthAsync();
        return new(report, time.GetTimestamp());
    }

    private sealed record Result(HealthReport Report, long CheckedAt);
}
