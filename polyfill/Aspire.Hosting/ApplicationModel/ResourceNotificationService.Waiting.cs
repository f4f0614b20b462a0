using Aspire.Hosting.Orchestrator;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

public partial class ResourceNotificationService
{
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    public async Task<string> WaitForResourceAsync(
        string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var states = targetStates.ToArray();
        var resourceEvent = await WaitAsync(
            resourceName,
            e => states.Contains(e.Snapshot.State?.Text, StringComparer.OrdinalIgnoreCase),
            $"failed to reach one of the target states: [{string.Join(", ", states)}]",
            cancellationToken);

        return resourceEvent.Snapshot.State!.Text;
    }

    public Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default) =>
        WaitAsync(resourceName, predicate, "failed to meet the predicate condition", cancellationToken);

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, _defaultWaitBehavior, cancellationToken);

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        if (waitBehavior == WaitBehavior.StopOnResourceUnavailable && !Model.Resources.TryGetByName(resourceName, out _))
        {
            throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy because it does not exist in the application model.");
        }

        var resourceEvent = await WaitAsync(
            resourceName,
            e => e.Snapshot.HealthStatus == HealthStatus.Healthy
                || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && HasEnded(e.Snapshot)),
            "failed to become healthy",
            cancellationToken);

        if (resourceEvent.Snapshot.HealthStatus != HealthStatus.Healthy)
        {
            throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy because it failed to start.");
        }

        return await WaitForReadyAsync(resourceName, resourceEvent.ResourceId, cancellationToken);
    }

    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        var waits = resource.Annotations.OfType<WaitAnnotation>().Where(w => w.Resource is not IResourceWithoutLifetime).ToList();
        if (waits.Count == 0)
        {
            return;
        }

        // A resource may be waited for twice (itself, and as the parent of a child); it is named until the last wait for it is over.
        var pending = waits.SelectMany(w => w.Resource.GetResolvedResourceNames()).ToList();
        await ShowWaitingAsync(resource, pending);

        await Task.WhenAll(waits.SelectMany(wait => wait.Resource.GetResolvedResourceNames().Select(async instance =>
        {
            await WaitForDependencyAsync(resource, wait, instance, cancellationToken);
            await ShowWaitingAsync(resource, pending, instance);
        })));
    }

    private async Task WaitForDependencyAsync(IResource waiter, WaitAnnotation wait, string instance, CancellationToken cancellationToken)
    {
        var logger = _loggers.GetLogger(waiter);
        var dependency = wait.Resource;
        var name = dependency.GetResolvedResourceNames().Length > 1 ? instance : dependency.Name;

        if (wait.WaitType == WaitType.WaitForCompletion)
        {
            await WaitForCompletionAsync(waiter, wait, instance, name, logger, cancellationToken);
        }
        else
        {
            await WaitForRunningAsync(waiter, wait, instance, name, logger, cancellationToken);
        }

        if (wait.WaitType == WaitType.WaitUntilHealthy)
        {
            if (dependency.HasAnnotationOfType<HealthCheckAnnotation>())
            {
                logger.WaitingForHealth(name);
                await WaitAsync(
                    dependency.Name,
                    e => e.ResourceId == instance && e.Snapshot.HealthStatus == HealthStatus.Healthy,
                    "failed to become healthy",
                    cancellationToken);
            }

            logger.WaitingForReady(name);
            await WaitForReadyAsync(dependency.Name, instance, cancellationToken);
        }

        logger.FinishedWaiting(name);
    }

    private async Task WaitForRunningAsync(
        IResource waiter, WaitAnnotation wait, string instance, string name, ILogger logger, CancellationToken cancellationToken)
    {
        logger.WaitingForState(name, KnownResourceStates.Running);
        var stop = (wait.WaitBehavior ?? _defaultWaitBehavior) == WaitBehavior.StopOnResourceUnavailable;

        var resourceEvent = await WaitAsync(
            wait.Resource.Name,
            e => e.ResourceId == instance
                && (e.Snapshot.State?.Text == KnownResourceStates.Running || (stop && HasEnded(e.Snapshot))),
            "failed to reach the 'Running' state",
            cancellationToken);

        var state = resourceEvent.Snapshot.State!.Text;
        if (state == KnownResourceStates.FailedToStart)
        {
            logger.DependencyFailedToStart(name);
            throw new DistributedApplicationException(
                $"Resource '{waiter.Name}' stopped waiting for dependency resource '{name}' because it failed to start.");
        }

        if (state != KnownResourceStates.Running)
        {
            logger.DependencyEndedEarly(name, state);
            throw new DistributedApplicationException(
                $"Resource '{waiter.Name}' stopped waiting for dependency resource '{name}' because it entered the '{state}' state prematurely.");
        }
    }

    private async Task WaitForCompletionAsync(
        IResource waiter, WaitAnnotation wait, string instance, string name, ILogger logger, CancellationToken cancellationToken)
    {
        logger.WaitingForCompletion(name);

        var resourceEvent = await WaitAsync(
            wait.Resource.Name,
            e => e.ResourceId == instance
                && (KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text) || e.Snapshot.ExitCode is not null),
            "failed to reach a terminal state",
            cancellationToken);

        var snapshot = resourceEvent.Snapshot;
        if (snapshot.State?.Text == KnownResourceStates.FailedToStart)
        {
            logger.DependencyFailedToStart(name);
            throw new DistributedApplicationException(
                $"Resource '{waiter.Name}' stopped waiting for dependency resource '{name}' because it failed to start.");
        }

        if (snapshot.ExitCode is { } exitCode && exitCode != wait.ExitCode)
        {
            var state = snapshot.State?.Text ?? KnownResourceStates.Finished;
            logger.DependencyFailed(name, state, exitCode, wait.ExitCode);
            throw new DistributedApplicationException(
                $"Resource '{waiter.Name}' stopped waiting for dependency resource '{name}' because it entered the '{state}' state with exit code '{exitCode}', expected '{wait.ExitCode}'.");
        }
    }

    /// <summary>Waits for the ready handlers too; only here does an exception of theirs come to light.</summary>
    private async Task<ResourceEvent> WaitForReadyAsync(string resourceName, string instance, CancellationToken cancellationToken)
    {
        var resourceEvent = await WaitAsync(
            resourceName,
            e => e.ResourceId == instance && e.Snapshot.ResourceReady is not null,
            "failed to execute the resource ready event",
            cancellationToken);
        await resourceEvent.Snapshot.ResourceReady!.WaitAsync(cancellationToken);

        return resourceEvent;
    }

    private async Task<ResourceEvent> WaitAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, string otherwise, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_disposing.Token, cancellationToken);

        try
        {
            await foreach (var resourceEvent in WatchAsync(stop.Token))
            {
                if (string.Equals(resourceName, resourceEvent.Resource.Name, StringComparison.OrdinalIgnoreCase) && predicate(resourceEvent))
                {
                    return resourceEvent;
                }
            }
        }
        catch (OperationCanceledException ex)
        {
            var states = string.Join(", ", _instances.Values
                .Where(i => string.Equals(i.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase))
                .Select(i => $"{i.Id} is {i.Latest?.State?.Text ?? "without a state"}{(i.Latest?.HealthStatus is { } health ? $" and {health}" : "")}"));

            throw new OperationCanceledException(
                $"Resource '{resourceName}' {otherwise} before the operation was cancelled. {states}", ex, ex.CancellationToken);
        }

        throw new InvalidOperationException("The watch ended by itself.");
    }

    private Task ShowWaitingAsync(IResource resource, List<string> pending, string? finished = null)
    {
        string[] waitingFor;
        lock (pending)
        {
            if (finished is not null)
            {
                pending.Remove(finished);
            }

            waitingFor = [.. pending.Distinct()];
        }

        if (waitingFor.Length == 0)
        {
            return PublishUpdateAsync(resource, s => s.WithoutProperty(KnownProperties.WaitingFor));
        }

        return PublishUpdateAsync(resource, s => CanWait(s.State?.Text)
            ? (s with { State = KnownResourceStates.Waiting }).WithProperty(KnownProperties.WaitingFor, waitingFor)
            : s);
    }

    private static bool CanWait(string? state) =>
        state is null || state == KnownResourceStates.NotStarted || state == KnownResourceStates.Starting || state == KnownResourceStates.Waiting;

    private static bool HasEnded(CustomResourceSnapshot snapshot) =>
        KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text) || snapshot.State?.Text == KnownResourceStates.RuntimeUnhealthy;
}
