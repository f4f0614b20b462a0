namespace Shop.AppHost.Infrastructure;

/// <summary>Adds an OpenTelemetry Collector, to which the services export in place of the dashboard.</summary>
internal static class CollectorExtensions
{
    // The same as in deploy/compose/compose.observability.yaml.
    private const string Image = "otel/opentelemetry-collector-contrib";
    private const string Tag = "0.159.0";

    // Relative to the directory of the AppHost.
    private const string Configuration = "../deploy/observability/collector";
    private const string Mounted = "/etc/otelcol";

    /// <summary>
    /// With <c>--collector</c>, adds the resource <c>collector</c>: a container with the configuration of <c>deploy/observability</c>. Its
    /// backend is the dashboard. All services that the application has until here export to it, and do not wait for it. Call it before
    /// <see cref="CanaryExtensions.AddCanary"/>, which copies what a service has. Nothing is published: a deployment names its collector in
    /// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>.
    /// </summary>
    /// <param name="builder">The builder of the application.</param>
    /// <param name="arguments">The command line.</param>
    public static void AddCollector(this IDistributedApplicationBuilder builder, string[] arguments)
    {
        if (!CommandLineOptions.Parse(arguments).Collector || builder.ExecutionContext.IsPublishMode)
        {
            return;
        }

        // Aspire would start everything else, and all telemetry would be lost.
        builder.Eventing.Subscribe<BeforeStartEvent>(static (_, _) => ContainerRuntime.IsRunning()
            ? Task.CompletedTask
            : throw new DistributedApplicationException("--collector needs Docker or Podman: the collector is a container."));

        var collector = builder.AddContainer("collector", Image, Tag)
            .WithBindMount(Configuration, Mounted, isReadOnly: true)
            // The second file replaces the exporters of the first one.
            .WithArgs($"--config={Mounted}/config.yaml", $"--config={Mounted}/dashboard.yaml")
            .WithHttpEndpoint(targetPort: 4317, name: "grpc")
            .WithHttpEndpoint(targetPort: 13133, name: "health")
            .WithHttpHealthCheck("/", endpointName: "health")
            // dashboard.yaml reads the address of the dashboard from the variable that this sets, and the key from the next one.
            .WithOtlpExporter(OtlpProtocol.Grpc)
            .WithEnvironment("DASHBOARD_API_KEY", builder.Configuration["AppHost:OtlpApiKey"] ?? "")
            .WithoutHttpsCertificate(); // for the same reason as AddService
        foreach (var service in builder.Resources.OfType<ProjectResource>().ToList())
        {
            builder.CreateResourceBuilder(service)
                .WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", collector.GetEndpoint("grpc"))
                .WithEnvironment("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        }
    }
}
