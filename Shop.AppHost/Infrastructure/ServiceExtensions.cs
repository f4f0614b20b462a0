namespace Shop.AppHost.Infrastructure;

internal static class ServiceExtensions
{
    private const string EnvironmentVariable = "ASPNETCORE_ENVIRONMENT";

    /// <summary>Adds a service with its health check and its links in the dashboard.</summary>
    /// <param name="builder">The builder of the application.</param>
    /// <param name="name">The name of the resource.</param>
    /// <param name="serviceKey">The secret by which the services recognize each other.</param>
    /// <param name="staffTokenKey">The key of <see cref="StaffTokenExtensions.AddStaffTokenKey"/>.</param>
    public static IResourceBuilder<ProjectResource> AddService<TProject>(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource> serviceKey,
        IResourceBuilder<ParameterResource>? staffTokenKey)
        where TProject : IProjectMetadata, new() => builder.AddProjectWithEndpoints<TProject>(name)
        .WithEnvironment("Shop__ServiceKey", serviceKey)
        .WithStaffTokens(staffTokenKey)
        .WithHttpHealthCheck("/health")
        .WithUrlForEndpoint("http", url => url.DisplayText = "API")
        .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/scalar", DisplayText = "API reference" })
        .WithUrlForEndpoint("management", url => (url.Url, url.DisplayText) = ("/metrics", "Metrics and operations"))
        // All endpoints are HTTP. Without this, the dashboard reports an error on a machine without a trusted development certificate,
        // although nothing uses one.
        .WithoutHttpsCertificate();

    // Aspire reads the endpoints of a service from its appsettings.json and appsettings.{environment}.json, where the environment is that
    // of this process. The addresses are in appsettings.Development.json, and the model needs them in every environment, also when it is
    // published.
    private static IResourceBuilder<ProjectResource> AddProjectWithEndpoints<TProject>(
        this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var environment = Environment.GetEnvironmentVariable(EnvironmentVariable);
        Environment.SetEnvironmentVariable(EnvironmentVariable, "Development");
        try
        {
            return builder.AddProject<TProject>(name);
        }
        finally
        {
            Environment.SetEnvironmentVariable(EnvironmentVariable, environment);
        }
    }
}
