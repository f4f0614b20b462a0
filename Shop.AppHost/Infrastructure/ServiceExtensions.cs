namespace Shop.AppHost.Infrastructure;

internal static class ServiceExtensions
{
    private const string EnvironmentVariable = "ASPNETCORE_ENVIRONMENT";

    /// <summary>Adds a service with its health check and its links in the dashboard.</summary>
    /// <param name="builder">The builder of the application.</param>
    /// <param name="name">The name of the resource.</param>
    /// <param name="serviceKey">The secret by which the services recognize each other.</param>
    /// <param name="hasApi">Whether the service has an API with a reference.</param>
    /// <param name="path">The project in another clone or worktree; <see langword="null"/> for the project itself.</param>
    public static IResourceBuilder<ProjectResource> AddService<TProject>(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource> serviceKey,
        bool hasApi = true,
        string? path = null)
        where TProject : IProjectMetadata, new()
    {
        var service = WithEndpointsOfDevelopment(() => path is null ? builder.AddProject<TProject>(name) : builder.AddProject(name, path))
            .WithEnvironment("Shop__ServiceKey", serviceKey)
            .WithHttpHealthCheck("/health")
            // The dashboard and the link below. Elsewhere a service has one of the two (docs/metrics.md).
            .WithEnvironment(context =>
            {
                if (context.ExecutionContext.IsRunMode)
                {
                    context.EnvironmentVariables["OTEL_METRICS_EXPORTER"] = "otlp,prometheus";
                }
            })
            .WithUrlForEndpoint("management", url => (url.Url, url.DisplayText) = ("/metrics", "Metrics and operations"))
            // All endpoints are HTTP. Without this, the dashboard reports an error on a machine without a trusted development certificate,
            // although nothing uses one.
            .WithoutHttpsCertificate();
        if (hasApi)
        {
            service
                .WithUrlForEndpoint("http", url => url.DisplayText = "API")
                .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/scalar", DisplayText = "API reference" });
        }

        //#if (storefront)
        service.WithAnnotation(new AddedServiceAnnotation(
            (otherName, otherPath) => builder.AddService<TProject>(otherName, serviceKey, hasApi, otherPath)));
        //#endif
        return service;
    }

    /// <summary>
    /// Makes the endpoint <c>http</c> reachable from outside of a deployment, and no other one: <c>/metrics</c> and <c>/admin</c> are on
    /// <c>management</c>, which Aspire's WithExternalHttpEndpoints would open as well.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithExternalApi(this IResourceBuilder<ProjectResource> service) =>
        service.WithEndpoint("http", endpoint => endpoint.IsExternal = true);

    /// <summary>Sets the directory for the journey events that a service keeps while the broker is away.</summary>
    /// <param name="service">The service.</param>
    /// <param name="path">The result of <see cref="BackingServices.GetJourneyEventPath"/>.</param>
    public static IResourceBuilder<ProjectResource> WithJourneyEventPath(
        this IResourceBuilder<ProjectResource> service, string? path) =>
        path is null ? service : service.WithEnvironment("Shop__JourneyEvents__SpillPath", path);

    /// <summary>Makes a service send its spans to Insights too. It starts and works without Insights.</summary>
    /// <param name="service">The service.</param>
    /// <param name="insights">The service that receives the spans.</param>
    public static IResourceBuilder<ProjectResource> WithSpanExport(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<ProjectResource> insights) =>
        service.WithEnvironment("Shop__SpanExport__Endpoint", ReferenceExpression.Create($"{insights.GetEndpoint("http")}/v1/traces"));

    /// <summary>Makes a service request the critical routes that staff have accepted. It starts and works without Insights.</summary>
    /// <param name="service">The service.</param>
    /// <param name="insights">The service that knows the routes.</param>
    public static IResourceBuilder<ProjectResource> WithAcceptedRoutes(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<ProjectResource> insights) =>
        service.WithEnvironment(
            "Shop__AcceptedRoutes__Endpoint", ReferenceExpression.Create($"{insights.GetEndpoint("http")}/v1/critical-routes"));

    /// <summary>Makes the pages and alerts of a service link to the traces of the dashboard.</summary>
    public static IResourceBuilder<ProjectResource> WithTraceLinks(this IResourceBuilder<ProjectResource> service)
    {
        var builder = service.ApplicationBuilder;
        var dashboard = builder.Configuration["ASPNETCORE_URLS"]?.Split(';')[0].TrimEnd('/').Replace("//*:", "//localhost:");
        return builder.ExecutionContext.IsRunMode && !string.IsNullOrEmpty(dashboard)
            ? service.WithEnvironment("Insights__Traces__Url", $"{dashboard}/traces/detail/{{traceId}}")
            : service;
    }

    // Aspire reads the endpoints of a service from its appsettings.json and appsettings.{environment}.json, where the environment is that
    // of this process. The addresses are in appsettings.Development.json, and the model needs them in every environment, also when it is
    // published.
    private static IResourceBuilder<ProjectResource> WithEndpointsOfDevelopment(Func<IResourceBuilder<ProjectResource>> addProject)
    {
        var environment = Environment.GetEnvironmentVariable(EnvironmentVariable);
        Environment.SetEnvironmentVariable(EnvironmentVariable, "Development");
        try
        {
            return addProject();
        }
        finally
        {
            Environment.SetEnvironmentVariable(EnvironmentVariable, environment);
        }
    }
}
