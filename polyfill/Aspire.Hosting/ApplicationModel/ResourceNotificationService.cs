using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceNotificationService</c>: the latest snapshot of each instance, and news of it.</summary>
public partial class ResourceNotificationService : IDisposable
{
    private readonly IServiceProvider _services;
    private readonly ResourceLoggerService _loggers;
    private readonly WaitBehavior _defaultWaitBehavior;
    private readonly CancellationTokenSource _disposing = new();
    private readonly ConcurrentDictionary<string, InstanceState> _instances = new();
    private readonly Lock _watchersLock = new();
    private ImmutableList<Channel<ResourceEvent>> _watchers = [];

    internal ResourceNotificationService(IServiceProvider services, ResourceLoggerService loggers, WaitBehavior defaultWaitBehavior)
    {
        _services = services;
        _loggers = loggers;
        _defaultWaitBehavior = defaultWaitBehavior;
    }

    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        // An instance's id, or the name of a resource that has one instance only.
        if (!_instances.TryGetValue(resourceId, out var found))
        {
            var sameName = _instances.Values
                .Where(i => string.Equals(i.Resource.Name, resourceId, StringComparison.OrdinalIgnoreCase)).Take(2).ToList();
            found = sameName.Count == 1 ? sameName[0] : null;
        }

        resourceEvent = found?.Latest is { } snapshot ? new(found.Resource, found.Id, snapshot) : null;

        return resourceEvent is not null;
    }

    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>(new() { SingleReader = true });
        lock (_watchersLock)
        {
            _watchers = _watchers.Add(channel);
        }

        try
        {
            // Subscribed first, so nothing is missed; what was published meanwhile comes twice and is dropped by its version.
            var seen = new Dictionary<string, long>();
            foreach (var instance in _instances.Values)
            {
                if (instance.Latest is { } snapshot)
                {
                    seen[instance.Id] = snapshot.Version;
                    yield return new(instance.Resource, instance.Id, snapshot);
                }
            }

            await foreach (var item in channel.Reader.ReadAllAsync(cancellationToken))
            {
                if (item.Snapshot.Version > seen.GetValueOrDefault(item.ResourceId))
                {
                    yield return item;
                }
            }
        }
        finally
        {
            lock (_watchersLock)
            {
                _watchers = _watchers.Remove(channel);
            }
        }
    }

    public async Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        foreach (var id in resource.GetResolvedResourceNames())
        {
            await PublishUpdateAsync(resource, id, stateFactory);
        }
    }

    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        var instance = _instances.GetOrAdd(resourceId, id => new InstanceState(id, resource));

        lock (instance)
        {
            var previous = instance.Latest ?? InitialSnapshot(resource);
            var next = Complete(resource, stateFactory(previous));

            if (instance.Latest is { } latest && latest.SameContentAs(next))
            {
                return Task.CompletedTask;
            }

            next = next with { Version = previous.Version + 1 };
            instance.Latest = next;

            foreach (var watcher in _watchers)
            {
                watcher.Writer.TryWrite(new(resource, resourceId, next));
            }
        }

        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _disposing.Cancel();
        GC.SuppressFinalize(this);
    }

    private static CustomResourceSnapshot InitialSnapshot(IResource resource) =>
        resource.Annotations.OfType<ResourceSnapshotAnnotation>().LastOrDefault()?.InitialSnapshot
        ?? new CustomResourceSnapshot { ResourceType = KnownResourceTypes.Of(resource), Properties = [] };

    /// <summary>Adds what follows from the model: commands in their present state, the icon, whether it is shown.</summary>
    private CustomResourceSnapshot Complete(IResource resource, CustomResourceSnapshot snapshot)
    {
        if (snapshot.State?.Text != KnownResourceStates.Waiting)
        {
            snapshot = snapshot.WithoutProperty(KnownProperties.WaitingFor);
        }

        var icon = resource.Annotations.OfType<ResourceIconAnnotation>().LastOrDefault();

        return snapshot with
        {
            Commands = [.. resource.Annotations.OfType<ResourceCommandAnnotation>().Select(c => c.ToSnapshot(snapshot, _services))],
            IconName = snapshot.IconName ?? icon?.IconName,
            IconVariant = snapshot.IconVariant ?? icon?.IconVariant,
            IsHidden = snapshot.IsHidden || resource.HasAnnotationOfType<HiddenAnnotation>(),
        };
    }

    private DistributedApplicationModel Model => _services.GetRequiredService<DistributedApplicationModel>();

    private sealed class InstanceState(string id, IResource resource)
    {
        public string Id { get; } = id;

        public IResource Resource { get; } = resource;

        public CustomResourceSnapshot? Latest { get; set; }
    }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceEvent</c>.</summary>
public class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    public IResource Resource { get; } = resource;

    public string ResourceId { get; } = resourceId;

    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}
