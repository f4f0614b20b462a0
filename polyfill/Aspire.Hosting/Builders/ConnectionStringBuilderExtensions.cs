using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Orchestrator;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.ConnectionStringBuilderExtensions</c>.</summary>
public static class ConnectionStringBuilderExtensions
{
    /// <summary>Adds a connection string made of parts; it runs as soon as the resources named in it do.</summary>
    public static IResourceBuilder<ConnectionStringResource> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, ReferenceExpression connectionStringExpression)
    {
        var connectionString = builder.AddResource(new ConnectionStringResource(name, connectionStringExpression));

        foreach (var resource in connectionStringExpression.ValueProviders
            .SelectMany(p => p is IResource r ? [r] : (p as IValueWithReferences)?.References.OfType<IResource>() ?? [])
            .Where(r => r is not IResourceWithoutLifetime)
            .Distinct())
        {
            connectionString.WaitForStart(builder.CreateResourceBuilder(resource));
        }

        return connectionString
            .WithReferenceRelationship(connectionStringExpression)
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = KnownResourceTypes.ConnectionString,
                State = KnownResourceStates.NotStarted,
                Properties = [],
            })
            .OnInitializeResource(StartAsync);
    }

    private static async Task StartAsync(ConnectionStringResource resource, InitializeResourceEvent e, CancellationToken cancellationToken)
    {
        try
        {
            await e.Eventing.PublishAsync(new BeforeResourceStartedEvent(resource, e.Services), cancellationToken);
            await e.Notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Running });
            await e.Eventing.PublishAsync(new ConnectionStringAvailableEvent(resource, e.Services), cancellationToken);
        }
#pragma warning disable CA1031 // Nobody waits for this handler: the resource itself has to show what went wrong.
        catch (Exception ex)
        {
            e.Logger.FailedToResolveConnectionString(ex, resource.Name);
            await e.Notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.FailedToStart });
        }
#pragma warning restore CA1031
    }
}
