using OpenTelemetry;
using Shop.Telemetry.Hosting;

namespace Shop.Insights.Funnels.Blocks;

/// <summary>Creates the blocks of hours that have ended.</summary>
internal sealed class SessionBlockWorker(
    SessionBlockStore blocks, TimeProvider time, IHostEnvironment host, ILogger<SessionBlockWorker> log)
    : PeriodicWorker(TimeSpan.FromMinutes(5), time, host, runAtStart: true)
{
    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        await blocks.UpdateAsync(cancellationToken);
    }

    protected override void OnError(Exception exception) => log.SessionBlocksFailed(exception);
}
