using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Shop.ServiceDefaults;

/// <summary>
/// The result of all health checks, not older than one second. The checks run once at a time however many callers ask, so that probes
/// cannot exhaust the connections of the service. Checks that have not ended within a minute are abandoned, and run again: one of them
/// ignores its timeout, and the service would never be healthy again if it never ended.
/// </summary>
internal sealed class HealthReportCache(HealthCheckService checks, TimeProvider time)
{
    private static readonly TimeSpan _lifetime = TimeSpan.FromSeconds(1);

    // Longer than the timeout of a check. One that has not ended by then ignores its cancellation token, and may never end.
    private static readonly TimeSpan _maxDuration = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _abandonAfter = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private Task<Result>? _result;
    private long _startedAt;

    /// <summary>
    /// Gets the latest result, or that of the checks that are running. It is unhealthy while checks run for more than 5 seconds.
    /// </summary>
    public async Task<HealthReport> GetAsync(CancellationToken cancellationToken)
    {
        Task<Result> result;
        TimeSpan elapsed;
        lock (_lock)
        {
            if (_result is null || !IsCurrent(_result))
            {
                // Its caller may leave, and the others still wait for it. Below the span of a probe, checks are not traced.
                _startedAt = time.GetTimestamp();
                _result = Task.Run(CheckAsync, CancellationToken.None);
            }

            result = _result;
            elapsed = time.GetElapsedTime(_startedAt);
        }

        var remaining = elapsed < _maxDuration ? _maxDuration - elapsed : TimeSpan.Zero;
        try
        {
            return (await result.WaitAsync(remaining, time, cancellationToken)).Report;
        }
        catch (TimeoutException) when (!result.IsCompleted)
        {
            return CreateUnhealthyReport(elapsed + remaining);
        }
    }

    private static HealthReport CreateUnhealthyReport(TimeSpan duration) => new(
        new Dictionary<string, HealthReportEntry>
        {
            ["health_checks"] = new(
                HealthStatus.Unhealthy, "The checks have not ended: one of them ignores its timeout.", duration, null, null),
        },
        duration);

    private bool IsCurrent(Task<Result> result) => result.IsCompleted
        ? result.IsCompletedSuccessfully && time.GetElapsedTime(result.Result.CheckedAt) < _lifetime
        : time.GetElapsedTime(_startedAt) < _abandonAfter;

    private async Task<Result> CheckAsync()
    {
        var report = await checks.CheckHealthAsync();
        return new(report, time.GetTimestamp());
    }

    private sealed record Result(HealthReport Report, long CheckedAt);
}
