namespace Shop.AppHost.Infrastructure;

internal static class DashboardLinkExtensions
{
    /// <summary>Names the endpoints that every service has in the dashboard, and links to the API reference.</summary>
    public static IResourceBuilder<ProjectResource> WithDashboardLinks(this IResourceBuilder<ProjectResource> service) => service
        .WithUrlForEndpoint("http", url => url.DisplayText = "API")
        .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/scalar", DisplayText = "API reference" })
        .WithUrlForEndpoint("management", url => (url.Url, url.DisplayText) = ("/metrics", "Metrics and operations"));
}
