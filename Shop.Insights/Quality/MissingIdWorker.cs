using OpenTelemetry;
using Shop.Telemetry.Hosting;

namespace Shop.Insights.Quality;

/// <summary>Checks the ids of the events of the last hour every 10 minutes.</summary>
internal sealed class MissingIdWorker(MissingIdCheck check, TimeProvider time, IHostEnvironment host, ILogger<MissingIdWorker> log)
    : PeriodicWorker(TimeSpan.FromMinutes(10), time, host, runAtStart: true)
{
    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        await check.RunAsync(cancellationToken);
    }

    protected override void OnError(Exception exception) => log.IdCheckFailed(exception);
}
