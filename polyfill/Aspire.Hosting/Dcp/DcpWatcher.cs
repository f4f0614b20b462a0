using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Orchestrator;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>Follows what DCP says about executables and endpoints, and publishes it as snapshots of resources.</summary>
internal sealed partial class DcpWatcher(
    DcpHost host,
    DcpExecutor executor,
    ConsoleLogPump logs,
    ResourceNotificationService notifications,
    ResourceEvents events,
    ILogger<DcpWatcher> logger) : IDisposable
{
    // Long watches were seen to go silent; starting again costs one answer.
    private static readonly TimeSpan _renewal = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _retry = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, DcpExecutable> _executables = new();
    private readonly ConcurrentDictionary<string, (string Service, string Owner)> _endpoints = new();
    private readonly SemaphoreSlim _turn = new(1, 1);

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        WatchAsync<DcpExecutable>(DcpKinds.Executables, OnExecutableAsync, cancellationToken),
        WatchAsync<DcpEndpoint>(DcpKinds.Endpoints, OnEndpointAsync, cancellationToken));

    public void Dispose() => _turn.Dispose();

    private async Task WatchAsync<T>(string kind, Func<WatchEvent<T>, CancellationToken, Task> handle, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            using var renewal = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            renewal.CancelAfter(_renewal);
            try
            {
                await foreach (var change in host.Client.WatchAsync<T>(kind, renewal.Token))
                {
                    await _turn.WaitAsync(cancellationToken);
                    try
                    {
                        await handle(change, cancellationToken);
                    }
                    finally
                    {
                        _turn.Release();
                    }
                }
            }
            catch (Exception ex) when (ex is HttpRequestException or IOException or OperationCanceledException)
            {
                if (!renewal.IsCancellationRequested)
                {
                    WatchEnded(ex, kind);
                    await Task.Delay(_retry, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
    }

    private async Task OnExecutableAsync(WatchEvent<DcpExecutable> change, CancellationToken cancellationToken)
    {
        var dcp = change.Object;
        if (executor.Instances.FirstOrDefault(i => i.Name == dcp.Metadata.Name) is not { } instance)
        {
            return;
        }

        if (change.Type == "DELETED")
        {
            _executables.TryRemove(instance.Name, out _);
            return;
        }

        _executables[instance.Name] = dcp;
        if (dcp.Status?.State is not { Length: > 0 } state)
        {
            // Not looked at yet; what is shown (Starting) stays.
            return;
        }

        await logs.FollowAsync(dcp, cancellationToken);

        notifications.TryGetCurrentState(instance.Name, out var before);
        await PublishAsync(instance, dcp);

        if (IsTerminal(state) && !IsTerminal(before?.Snapshot.State?.Text))
        {
            await events.StoppedAsync(instance.Resource, instance.Name, cancellationToken);
        }
    }

    private async Task OnEndpointAsync(WatchEvent<DcpEndpoint> change, CancellationToken cancellationToken)
    {
        var owner = change.Object.Metadata.OwnerReferences is [var first, ..] ? first.Name : "";
        if (change.Type == "DELETED")
        {
            _endpoints.TryRemove(change.Object.Metadata.Name, out _);
        }
        else
        {
            _endpoints[change.Object.Metadata.Name] = (change.Object.Spec.ServiceName, owner);
        }

        if (executor.Instances.FirstOrDefault(i => i.Name == owner) is { } instance && _executables.TryGetValue(owner, out var dcp)
            && dcp.Status?.State is { Length: > 0 })
        {
            await PublishAsync(instance, dcp);
        }
    }

    private Task PublishAsync(ExecutableInstance instance, DcpExecutable dcp) => notifications.PublishUpdateAsync(
        instance.Resource, instance.Name, previous => ExecutableSnapshot.Create(instance, dcp, previous, HasEndpoint));

    private bool HasEndpoint(ExecutableInstance instance, string service) => _endpoints.Values.Contains((service, instance.Name));

    private static bool IsTerminal(string? state) => KnownResourceStates.TerminalStates.Contains(state);

    [LoggerMessage(LogLevel.Debug, "The watch over DCP's {Kind} ended; it is started again.")]
    private partial void WatchEnded(Exception exception, string kind);
}
