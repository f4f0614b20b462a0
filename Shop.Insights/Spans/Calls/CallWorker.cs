using OpenTelemetry;
using Shop.Telemetry.Hosting;

namespace Shop.Insights.Spans.Calls;

/// <summary>Counts calls every second, and those that wait when the service stops.</summary>
internal sealed class CallWorker(CallCounter calls, TimeProvider time, IHostEnvironment host, ILogger<CallWorker> log)
    : PeriodicWorker(TimeSpan.FromSeconds(1), time, host)
{
    // With the last batch of spans, less than the time that the host has to stop.
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(1);

    private bool _isFailing;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var untraced = SuppressInstrumentationScope.Begin();
        using var timeout = new CancellationTokenSource(_stopTimeout, Time);
        try
        {
            await calls.CountAsync(all: true, timeout.Token);
        }
#pragma warning disable CA1031 // Without the database, the calls are not counted. The stop goes on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            log.CallMetricsFailed(exception);
        }
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        await calls.CountAsync(all: false, cancellationToken);
        _isFailing = false;
    }

    protected override void OnError(Exception exception)
    {
        // Once, and not every second of an outage.
        if (!_isFailing)
        {
            _isFailing = true;
            log.CallMetricsFailed(exception);
        }
    }
}
