using Aspire.Hosting.Dcp;

namespace Aspire.Hosting.Orchestrator;

/// <summary>The life of the application, from the model to running processes.</summary>
internal sealed class ApplicationOrchestrator(
    DcpExecutor executor,
    DcpWatcher watcher,
    InitialStates initialStates,
    ResourceStarter starter,
    ResourceEvents events,
    UrlProcessor urls,
    DependencyGate gate) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    /// <summary>Returns when each resource has been started or has failed to; resources that wait hold it up.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        events.SubscribeLast(urls, gate);

        executor.Prepare();
        var resources = executor.Instances.GroupBy(i => i.Resource).ToList();
        foreach (var resource in resources)
        {
            LifecycleCommands.AddTo(resource.Key, starter);
        }

        await initialStates.PublishAsync(cancellationToken);
        _watching = watcher.RunAsync(_stopping.Token);

        await executor.AllocateEndpointsAsync(cancellationToken);
        foreach (var resource in resources)
        {
            await events.EndpointsAllocatedAsync(resource.Key, cancellationToken);
        }

        await Task.WhenAll(resources.Select(r => starter.StartFirstTimeAsync(r.Key, [.. r], cancellationToken)));
        await events.AllCreatedAsync(cancellationToken);
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();
}
