using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestrator;

/// <summary>The life of the application: the order of events, who waits for whom, and what is shown meanwhile.</summary>
internal sealed class ApplicationOrchestrator : IDisposable
{
    private readonly DistributedApplicationModel _model;
    private readonly DcpHost _dcp;
    private readonly DcpExecutor _executor;
    private readonly ExecutableSpecBuilder _specs;
    private readonly ParameterProcessor _parameters;
    private readonly UrlProcessor _urls;
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly IDistributedApplicationEventing _eventing;
    private readonly IServiceProvider _services;
    private readonly ILogger<DcpExecutor> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<IResource> _connectionStringTold = [];
    private DcpWatcher? _watcher;
    private Task _watching = Task.CompletedTask;

    public ApplicationOrchestrator(
        DistributedApplicationModel model,
        DcpHost dcp,
        DcpExecutor executor,
        ExecutableSpecBuilder specs,
        ParameterProcessor parameters,
        UrlProcessor urls,
        ResourceNotificationService notifications,
        ResourceLoggerService loggers,
        IDistributedApplicationEventing eventing,
        IServiceProvider services,
        ILogger<DcpExecutor> logger)
    {
        _model = model;
        _dcp = dcp;
        _executor = executor;
        _specs = specs;
        _parameters = parameters;
        _urls = urls;
        _notifications = notifications;
        _loggers = loggers;
        _eventing = eventing;
        _services = services;
        _logger = logger;

        // After all handlers that the AppHost has added: those of a resource run before it waits for others.
        eventing.Subscribe<ResourceEndpointsAllocatedEvent>((e, ct) => _urls.ProcessAsync(e.Resource, ct));
        eventing.Subscribe<ConnectionStringAvailableEvent>(ShowConnectionStringAsync);
        eventing.Subscribe<BeforeResourceStartedEvent>(WaitForDependenciesAsync);
    }

    /// <summary>Returns when each resource has been started or has failed to; resources that wait hold it up.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _executor.Prepare();
        foreach (var resource in _executor.Instances.Select(i => i.Resource).Distinct())
        {
            LifecycleCommands.AddTo(resource, this);
        }

        await PublishInitialStatesAsync(cancellationToken);

        _watcher = new DcpWatcher(
            _executor, _dcp.Client, new ConsoleLogPump(_dcp.Client, _loggers, _logger), _notifications, OnStoppedAsync, _logger);
        _watching = _watcher.RunAsync(_stopping.Token);

        await _executor.AllocateEndpointsAsync(cancellationToken);

        var resources = _executor.Instances.GroupBy(i => i.Resource).ToList();
        foreach (var resource in resources)
        {
            await _eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(resource.Key, _services), cancellationToken);
        }

        await Task.WhenAll(resources.Select(r => StartFirstTimeAsync(r.Key, [.. r], cancellationToken)));

        await _eventing.PublishAsync(new AfterResourcesCreatedEvent(_services, _model), cancellationToken);
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Starts one instance again, or lets it stop waiting.</summary>
    public async Task StartInstanceAsync(string name, CancellationToken cancellationToken)
    {
        var instance = _executor.Find(name);

        var wasWaiting = false;
        await _notifications.PublishUpdateAsync(instance.Resource, name, s =>
        {
            wasWaiting = s.State?.Text == KnownResourceStates.Waiting;
            return wasWaiting ? s with { State = KnownResourceStates.Starting } : s;
        });

        if (wasWaiting)
        {
            return;
        }

        await instance.FirstAttempt.Task.WaitAsync(cancellationToken);
        await TakeTurnAsync(instance, async () =>
        {
            await _executor.DeleteAsync(instance, cancellationToken);
            _connectionStringTold.Remove(instance.Resource);
            try
            {
                await StartAsync(instance.Resource, [instance], cancellationToken);
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                await FailAsync(instance.Resource, [instance], ex);
                throw;
            }
        });
    }

    public async Task StopInstanceAsync(string name, CancellationToken cancellationToken)
    {
        var instance = _executor.Find(name);
        await instance.FirstAttempt.Task.WaitAsync(cancellationToken);
        await TakeTurnAsync(instance, () => _executor.StopAsync(instance, cancellationToken));
    }

    private static async Task TakeTurnAsync(ExecutableInstance instance, Func<Task> act)
    {
        await instance.Turn.WaitAsync();
        try
        {
            await act();
        }
        finally
        {
            instance.Turn.Release();
        }
    }

    private async Task StartFirstTimeAsync(IResource resource, IReadOnlyList<ExecutableInstance> instances, CancellationToken cancellationToken)
    {
        var isExplicit = resource.HasAnnotationOfType<ExplicitStartupAnnotation>();
        foreach (var instance in instances)
        {
            await _notifications.PublishUpdateAsync(resource, instance.Name, s =>
                ExecutableSnapshot.Initial(instance, _specs.Base(resource), s) with { State = isExplicit ? KnownResourceStates.NotStarted : s.State });
        }

        try
        {
            if (!isExplicit)
            {
                await StartAsync(resource, instances, cancellationToken);
            }
        }
#pragma warning disable CA1031 // The others start all the same; this one shows what went wrong.
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

    private async Task StartAsync(IResource resource, IReadOnlyList<ExecutableInstance> instances, CancellationToken cancellationToken)
    {
        await TellConnectionStringAsync(resource, cancellationToken);

        foreach (var instance in instances)
        {
            await _notifications.PublishUpdateAsync(resource, instance.Name, s => s with
            {
                State = KnownResourceStates.Starting,
                ExitCode = null,
                StopTimeStamp = null,
                HealthReports = [.. PendingHealthReports(resource)],
            });
        }

        await _eventing.PublishAsync(
            new BeforeResourceStartedEvent(resource, _services) { InstanceId = instances.Count == 1 ? instances[0].Name : null }, cancellationToken);

        foreach (var instance in instances)
        {
            await _executor.CreateAsync(instance, await _specs.BuildAsync(resource, cancellationToken), cancellationToken);
        }
    }

    private async Task FailAsync(IResource resource, IEnumerable<ExecutableInstance> instances, Exception exception)
    {
        _loggers.GetLogger(resource).FailedToCreate(exception, resource.Name);
        foreach (var instance in instances)
        {
            await _notifications.PublishUpdateAsync(resource, instance.Name, s => s with
            {
                State = new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
            });
        }
    }

    private async Task PublishInitialStatesAsync(CancellationToken cancellationToken)
    {
        await _parameters.ProcessAsync(_model.Resources.OfType<ParameterResource>());

        foreach (var resource in _model.Resources)
        {
            var parent = (resource as IResourceWithParent)?.Parent
                ?? resource.Annotations.OfType<ResourceRelationshipAnnotation>().LastOrDefault(r => r.Type == KnownRelationshipTypes.Parent)?.Resource;

            await _notifications.PublishUpdateAsync(resource, s => (parent is null ? s : s.WithProperty(KnownProperties.ParentName, parent.GetResolvedResourceNames()[0])) with
            {
                Relationships = [.. ExecutableSnapshot.Relationships(resource)],
                Urls = [.. resource.Annotations.OfType<ResourceUrlAnnotation>().Select(u => ExecutableSnapshot.Url(u, isInactive: u.Endpoint is not null))],
                HealthReports = [.. PendingHealthReports(resource)],
            });

            await _eventing.PublishAsync(
                new InitializeResourceEvent(resource, _eventing, _loggers, _notifications, _services),
                EventDispatchBehavior.NonBlockingConcurrent,
                cancellationToken);
        }
    }

    private static IEnumerable<HealthReportSnapshot> PendingHealthReports(IResource resource) => resource.WithAncestors()
        .SelectMany(r => r.Annotations.OfType<HealthCheckAnnotation>())
        .Select(a => a.Key)
        .Distinct()
        .Select(key => new HealthReportSnapshot(key, null, null, null));

    /// <summary>Once for each start; for the children too, whose connection strings are made of their parent's.</summary>
    private async Task TellConnectionStringAsync(IResource resource, CancellationToken cancellationToken)
    {
        lock (_connectionStringTold)
        {
            if (!_connectionStringTold.Add(resource))
            {
                return;
            }
        }

        await ForFamilyAsync(resource, async member =>
        {
            if (member is IResourceWithConnectionString)
            {
                await _eventing.PublishAsync(new ConnectionStringAvailableEvent(member, _services), cancellationToken);
            }
        });
    }

    private async Task ShowConnectionStringAsync(ConnectionStringAvailableEvent e, CancellationToken cancellationToken)
    {
        if (e.Resource is IResourceWithConnectionString resource)
        {
            var value = await resource.GetConnectionStringAsync(cancellationToken);
            await _notifications.PublishUpdateAsync(resource, s => s.WithProperty(
                new ResourcePropertySnapshot(CustomResourceKnownProperties.ConnectionString, value) { IsSensitive = true }));
        }
    }

    private async Task WaitForDependenciesAsync(BeforeResourceStartedEvent e, CancellationToken cancellationToken)
    {
        if (!e.Resource.HasAnnotationOfType<WaitAnnotation>())
        {
            return;
        }

        // Whoever presses Start on a waiting resource takes it out of Waiting, and so out of here.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var dependencies = _notifications.WaitForDependenciesAsync(e.Resource, over.Token);
        var hasWaited = new HashSet<string>();
        var released = _notifications.WaitForResourceAsync(e.Resource.Name, IsReleased, over.Token);

        var first = await Task.WhenAny(dependencies, released);
        await over.CancelAsync();
        if (first == dependencies)
        {
            await dependencies;
        }

        cancellationToken.ThrowIfCancellationRequested();

        bool IsReleased(ResourceEvent news)
        {
            if (e.InstanceId is not null && e.InstanceId != news.ResourceId)
            {
                return false;
            }

            if (news.Snapshot.State?.Text == KnownResourceStates.Waiting)
            {
                hasWaited.Add(news.ResourceId);
                return false;
            }

            return hasWaited.Contains(news.ResourceId);
        }
    }

    private async Task OnStoppedAsync(ExecutableInstance instance)
    {
        if (_notifications.TryGetCurrentState(instance.Name, out var current))
        {
            await ForFamilyAsync(
                instance.Resource, member => _eventing.PublishAsync(new ResourceStoppedEvent(member, _services, current), _stopping.Token));
        }
    }

    /// <summary>A resource and those of its children that have no process of their own.</summary>
    private async Task ForFamilyAsync(IResource resource, Func<IResource, Task> act)
    {
        await act(resource);
        foreach (var child in _model.Resources.OfType<IResourceWithParent>()
            .Where(c => c.Parent == resource && c is not (ProjectResource or ExecutableResource or ParameterResource)))
        {
            await ForFamilyAsync(child, act);
        }
    }
}
