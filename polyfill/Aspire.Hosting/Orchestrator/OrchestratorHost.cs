using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Runs DCP and the application for as long as the host runs.</summary>
internal sealed class OrchestratorHost(DcpHost dcp, ApplicationOrchestrator orchestrator) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await dcp.StartAsync(cancellationToken);
        await orchestrator.RunAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await orchestrator.StopAsync();
        await dcp.StopAsync(cancellationToken);
    }
}
