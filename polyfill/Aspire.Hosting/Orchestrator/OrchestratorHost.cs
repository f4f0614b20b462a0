using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Runs DCP and the application for as long as the host runs.</summary>
internal sealed class OrchestratorHost(DcpHost dcp, ApplicationOrchestrator orchestrator, IHostApplicationLifetime lifetime) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await dcp.StartAsync(cancellationToken);
            await orchestrator.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Ctrl+C while resources still wait for each other is no failure; the host goes on and stops what runs already.
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await orchestrator.StopAsync();
        await dcp.StopAsync(cancellationToken);
    }
}
