using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Shop.AppHost.Infrastructure;

/// <summary>Adds what a server contains, such as a database, as resources of its own.</summary>
internal static class ServerObjectBuilderExtensions
{
    /// <summary>Adds a resource that is created whenever its server becomes ready, and that is healthy when its user can connect.</summary>
    public static IResourceBuilder<T> AddServerObject<T>(
        this IDistributedApplicationBuilder builder,
        T resource,
        Func<CancellationToken, Task> createIfMissing,
        Func<CancellationToken, Task> connect)
        where T : Resource, IResourceWithParent
    {
        var healthCheck = $"{resource.Name}_check";
        builder.Services.AddHealthChecks().AddAsyncCheck(healthCheck, async cancellationToken =>
        {
            await connect(cancellationToken);
            return HealthCheckResult.Healthy();
        });

        builder.Eventing.Subscribe<ResourceReadyEvent>(resource.Parent, async (ready, cancellationToken) =>
        {
            try
            {
                await createIfMissing(cancellationToken);
                if (resource.Parent is not ContainerResource)
                {
                    await PublishStateAsync(resource, ready.Services, KnownResourceStates.Running);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Aspire reports the exception to the resources that wait for this one, but does not log it
                // (https://github.com/microsoft/aspire/issues/7590).
                Log.NotCreated(ready.Services.GetRequiredService<ResourceLoggerService>().GetLogger(resource), resource.Name, e);
                await PublishStateAsync(resource, ready.Services, KnownResourceStates.FailedToStart);
                throw;
            }
        });
        if (resource.Parent is not ContainerResource)
        {
            builder.Eventing.Subscribe<ResourceStoppedEvent>(
                resource.Parent, (stopped, _) => PublishStateAsync(resource, stopped.Services, KnownResourceStates.Finished));
        }

        return builder.AddResource(resource).WithHealthCheck(healthCheck);
    }

    // Aspire gives a child resource the state of its parent only if the parent is a container, so that a resource that waits for a database
    // would wait forever (https://github.com/microsoft/aspire/issues/6615).
    private static Task PublishStateAsync(IResource resource, IServiceProvider services, string state) =>
        services.GetRequiredService<ResourceNotificationService>()
            .PublishUpdateAsync(resource, snapshot => snapshot with { State = state });
}
