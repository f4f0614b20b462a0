using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;

namespace Aspire.Hosting.Orchestrator;

/// <summary>
/// Tells what happens to resources, to the AppHost's handlers first and then to the orchestrator's own. Some events a resource shares
/// with those of its children that have no process: a database hears that its server stops. As in the real one, the children of a
/// process get no state from it; only its owner knows when a database is there.
/// </summary>
internal sealed class ResourceEvents(
    DistributedApplicationModel model,
    IDistributedApplicationEventing eventing,
    ResourceNotificationService notifications,
    IServiceProvider services)
{
    private readonly HashSet<IResource> _connectionStringTold = [];

    /// <summary>Only when the application starts, after all handlers of the AppHost: those of a resource run before it waits for others.</summary>
    public void SubscribeLast(UrlProcessor urls, DependencyGate gate)
    {
        eventing.Subscribe<ResourceEndpointsAllocatedEvent>((e, ct) => urls.ProcessAsync(e.Resource, ct));
        eventing.Subscribe<ConnectionStringAvailableEvent>(ShowConnectionStringAsync);
        eventing.Subscribe<BeforeResourceStartedEvent>(gate.WaitAsync);
    }

    public Task EndpointsAllocatedAsync(IResource resource, CancellationToken cancellationToken) =>
        eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(resource, services), cancellationToken);

    /// <summary>Once for each start of the resource, however many replicas it has.</summary>
    public async Task ConnectionStringAvailableAsync(IResource resource, CancellationToken cancellationToken)
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
                await eventing.PublishAsync(new ConnectionStringAvailableEvent(member, services), cancellationToken);
            }
        });
    }

    public void ForgetConnectionString(IResource resource)
    {
        lock (_connectionStringTold)
        {
            _connectionStringTold.Remove(resource);
        }
    }

    public Task BeforeStartedAsync(IResource resource, string? instanceId, CancellationToken cancellationToken) =>
        eventing.PublishAsync(new BeforeResourceStartedEvent(resource, services) { InstanceId = instanceId }, cancellationToken);

    public async Task StoppedAsync(IResource resource, string instanceId, CancellationToken cancellationToken)
    {
        if (notifications.TryGetCurrentState(instanceId, out var current))
        {
            await ForFamilyAsync(
                resource, member => eventing.PublishAsync(new ResourceStoppedEvent(member, services, current), cancellationToken));
        }
    }

    public Task AllCreatedAsync(CancellationToken cancellationToken) =>
        eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), cancellationToken);

    private async Task ShowConnectionStringAsync(ConnectionStringAvailableEvent e, CancellationToken cancellationToken)
    {
        if (e.Resource is IResourceWithConnectionString resource)
        {
            var value = await resource.GetConnectionStringAsync(cancellationToken);
            await notifications.PublishUpdateAsync(resource, s => s.WithProperty(
                new ResourcePropertySnapshot(CustomResourceKnownProperties.ConnectionString, value) { IsSensitive = true }));
        }
    }

    private async Task ForFamilyAsync(IResource resource, Func<IResource, Task> act)
    {
        await act(resource);
        foreach (var child in model.Resources.OfType<IResourceWithParent>()
            .Where(c => c.Parent == resource && c is not (ProjectResource or ExecutableResource or ParameterResource)))
        {
            await ForFamilyAsync(child, act);
        }
    }
}
