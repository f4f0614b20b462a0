using OpenTelemetry;
using Shop.Telemetry.Hosting;

namespace Shop.Insights.Reconciliation;

/// <summary>Compares the counts of closed days every hour.</summary>
internal sealed class ReconciliationWorker(
    DayReconciliation reconciliation, TimeProvider time, IHostEnvironment host, ILogger<ReconciliationWorker> log)
    : PeriodicWorker(TimeSpan.FromHours(1), time, host, runAtStart: true)
{
    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        await reconciliation.RunAsync(cancellationToken);
    }

    protected override void OnError(Exception exception) => log.ReconciliationFailed(exception);
}
