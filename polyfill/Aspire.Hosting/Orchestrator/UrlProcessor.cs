using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Makes a resource's addresses out of its endpoints, lets the AppHost change them, and shows them.</summary>
internal sealed class UrlProcessor(
    DistributedApplicationExecutionContext executionContext, ResourceNotificationService notifications, ResourceLoggerService loggers)
{
    public async Task ProcessAsync(IResource resource, CancellationToken cancellationToken)
    {
        var urls = new List<ResourceUrlAnnotation>();
        if (resource is IResourceWithEndpoints withEndpoints)
        {
            urls.AddRange(withEndpoints.GetEndpoints().Where(e => e.IsAllocated).Select(e => new ResourceUrlAnnotation { Url = e.Url, Endpoint = e }));
        }

        foreach (var fixedUrl in resource.Annotations.OfType<ResourceUrlAnnotation>().ToList())
        {
            urls.Add(fixedUrl);
            resource.Annotations.Remove(fixedUrl);
        }

        try
        {
            var context = new ResourceUrlsCallbackContext(executionContext, resource, urls, cancellationToken)
            {
                Logger = loggers.GetLogger(resource),
            };
            foreach (var callback in resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>().ToList())
            {
                await callback.Callback(context);
            }
        }
#pragma warning disable CA1031 // An address that cannot be shown is no reason not to start.
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            loggers.GetLogger(resource).FailedToProcessUrls(ex, resource.Name);
        }
#pragma warning restore CA1031

        foreach (var url in urls)
        {
            if (url.Endpoint is { IsAllocated: true } endpoint && url.Url.StartsWith('/'))
            {
                url.Url = endpoint.Url.TrimEnd('/') + url.Url;
            }

            resource.Annotations.Add(url);
        }

        await notifications.PublishUpdateAsync(
            resource, s => s with { Urls = [.. urls.Select(u => Dcp.ExecutableSnapshot.Url(u, isInactive: u.Endpoint is not null))] });
    }
}
