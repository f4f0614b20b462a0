using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Starts, stops and starts again the executables of a resource.</summary>
internal sealed class ResourceStarter(
    DcpExecutor executor,
    ExecutableSpecBuilder specs,
    ResourceEvents events,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers)
{
    /// <summary>The start with the application: all replicas together, and a failure is shown but holds nobody up.</summary>
    public async Task StartFirstTimeAsync(IResource resource, IReadOnlyList<ExecutableInstance> instances, CancellationToken cancellationToken)
    {
        var isExplicit = resource.HasAnnotationOfType<ExplicitStartupAnnotation>();
        foreach (var instance in instances)
        {
            await notifications.PublishUpdateAsync(resource, instance.Name, s =>
                ExecutableSnapshot.Initial(instance, specs.Base(resource), s) with { State = isExplicit ? KnownResourceStates.NotStarted : s.State });
        }

        try
        {
            if (!isExplicit)
            {
                await StartAsync(resource, instances, cancellationToken);
            }
        }
#pragma warning disable CA1031 // Handlers and callbacks are anybody's code; the other resources start all the same.
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            await FailAsync(resource, instances, ex);
        }
#pragma warning restore CA1031
        finally
        {
            foreach (var instance in instances)
            {
                instance.FirstAttempt.TrySetResult();
            }
        }
    }

    /// <summary>Starts one instance again, or lets it stop waiting.</summary>
    public async Task StartInstanceAsync(string name, CancellationToken cancellationToken)
    {
        var instance = executor.Find(name);

        var wasWaiting = false;
        await notifications.PublishUpdateAsync(instance.Resource, name, s =>
        {
            wasWaiting = s.State?.Text == KnownResourceStates.Waiting;
            return wasWaiting ? s with { State = KnownResourceStates.Starting } : s;
        });

        if (wasWaiting)
        {
            return;
        }

        await TakeTurnAsync(instance, async () =>
        {
            await executor.DeleteAsync(instance, cancellationToken);
            events.ForgetConnectionString(instance.Resource);
            try
            {
                await StartAsync(instance.Resource, [instance], cancellationToken);
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                await FailAsync(instance.Resource, [instance], ex);
                throw;
            }
        }, cancellationToken);
    }

    public Task StopInstanceAsync(string name, CancellationToken cancellationToken)
    {
        var instance = executor.Find(name);

        return TakeTurnAsync(instance, () => executor.StopAsync(instance, cancellationToken), cancellationToken);
    }

    private static async Task TakeTurnAsync(ExecutableInstance instance, Func<Task> act, CancellationToken cancellationToken)
    {
        await instance.FirstAttempt.Task.WaitAsync(cancellationToken);
        await instance.Turn.WaitAsync(cancellationToken);
        try
        {
            await act();
        }
        finally
        {
            instance.Turn.Release();
        }
    }

    private async Task StartAsync(IResource resource, IReadOnlyList<ExecutableInstance> instances, CancellationToken cancellationToken)
    {
        await events.ConnectionStringAvailableAsync(resource, cancellationToken);

        foreach (var instance in instances)
        {
            await notifications.PublishUpdateAsync(resource, instance.Name, s => s with
            {
                State = KnownResourceStates.Starting,
                ExitCode = null,
                StopTimeStamp = null,
                HealthReports = [.. InitialStates.PendingHealthReports(resource)],
            });
        }

        await events.BeforeStartedAsync(resource, instances.Count == 1 ? instances[0].Name : null, cancellationToken);

        foreach (var instance in instances)
        {
            await executor.CreateAsync(instance, await specs.BuildAsync(resource, cancellationToken), cancellationToken);
        }
    }

    private async Task FailAsync(IResource resource, IEnumerable<ExecutableInstance> instances, Exception exception)
    {
        loggers.GetLogger(resource).FailedToCreate(exception, resource.Name);
        foreach (var instance in instances)
        {
            await notifications.PublishUpdateAsync(resource, instance.Name, s => s with
            {
                State = new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
            });
        }
    }
}
