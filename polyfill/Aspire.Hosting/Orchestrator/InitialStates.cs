using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;

namespace Aspire.Hosting.Orchestrator;

/// <summary>What is known of each resource before any process runs; a resource without a process begins its life here.</summary>
internal sealed class InitialStates(
    DistributedApplicationModel model,
    ParameterProcessor parameters,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing,
    IServiceProvider services)
{
    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        await parameters.ProcessAsync(model.Resources.OfType<ParameterResource>());

        foreach (var resource in model.Resources)
        {
            await notifications.PublishUpdateAsync(resource, s => WithParent(s, resource) with
            {
                Relationships = [.. ExecutableSnapshot.Relationships(resource)],
                Urls = [.. resource.Annotations.OfType<ResourceUrlAnnotation>().Select(u => ExecutableSnapshot.Url(u, isInactive: u.Endpoint is not null))],
                HealthReports = [.. PendingHealthReports(resource)],
            });

            await eventing.PublishAsync(
                new InitializeResourceEvent(resource, eventing, loggers, notifications, services),
                EventDispatchBehavior.NonBlockingConcurrent,
                cancellationToken);
        }
    }

    /// <summary>Checks that have not run yet; until they have, the resource does not count as healthy.</summary>
    public static IEnumerable<HealthReportSnapshot> PendingHealthReports(IResource resource) => resource.WithAncestors()
        .SelectMany(r => r.Annotations.OfType<HealthCheckAnnotation>())
        .Select(a => a.Key)
        .Distinct()
        .Select(key => new HealthReportSnapshot(key, null, null, null));

    private static CustomResourceSnapshot WithParent(CustomResourceSnapshot snapshot, IResource resource)
    {
        var parent = (resource as IResourceWithParent)?.Parent
            ?? resource.Annotations.OfType<ResourceRelationshipAnnotation>().LastOrDefault(r => r.Type == KnownRelationshipTypes.Parent)?.Resource;

        return parent is null ? snapshot : snapshot.WithProperty(KnownProperties.ParentName, parent.GetResolvedResourceNames()[0]);
    }
}
