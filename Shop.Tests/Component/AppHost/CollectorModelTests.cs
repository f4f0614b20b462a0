using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Shop.Tests.Component.Deploy;
using Shop.Tests.Support;

namespace Shop.Tests.Component.AppHost;

/// <summary>What <c>--collector</c> adds to the application.</summary>
public sealed class CollectorModelTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("shop-tests-");

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task Services_export_to_the_collector_and_the_collector_to_the_dashboard()
    {
        await using var builder = await CreateAsync("--collector", "--canary", "cart=A=1");
        var collector = Assert.Single(builder.Resources.OfType<ContainerResource>(), resource => resource.Name == "collector");

        // Without a running application, the variables have references and no addresses.
        await using var app = await builder.BuildAsync();
        foreach (var service in (string[])[.. InProcessService.Names, "cart-canary"])
        {
            var variables = await GetVariablesAsync(builder, service);
            var endpoint = Assert.IsType<EndpointReference>(variables["OTEL_EXPORTER_OTLP_ENDPOINT"]);
            Assert.Equal((collector, "grpc"), ((ContainerResource)endpoint.Resource, endpoint.EndpointName));
            Assert.Equal("grpc", variables["OTEL_EXPORTER_OTLP_PROTOCOL"]);
        }

        var own = await GetVariablesAsync(builder, "collector");
        Assert.NotEqual("collector", (own["OTEL_EXPORTER_OTLP_ENDPOINT"] as EndpointReference)?.Resource.Name);
        var configuration = File.ReadAllText(Path.Combine(MonitoringFiles.Directory, "collector", "dashboard.yaml"));
        Assert.Contains("${env:OTEL_EXPORTER_OTLP_ENDPOINT}", configuration, StringComparison.Ordinal);
        Assert.Contains("${env:DASHBOARD_API_KEY}", configuration, StringComparison.Ordinal);
        Assert.Contains("DASHBOARD_API_KEY", own.Keys);
    }

    [Fact]
    public async Task Collector_is_that_of_the_deployment_and_reads_its_configuration()
    {
        await using var builder = await CreateAsync("--collector");
        var collector = builder.Resources.OfType<ContainerResource>().Single(resource => resource.Name == "collector");

        Assert.True(collector.TryGetContainerImageName(out var image));
        Assert.Equal(ComposeFile.Load("compose.observability.yaml").GetContainer("collector").Image, image);
        var mount = Assert.Single(collector.Annotations.OfType<ContainerMountAnnotation>());
        Assert.Equal(Path.Combine(MonitoringFiles.Directory, "collector"), Path.GetFullPath(mount.Source!));
        Assert.True(mount.IsReadOnly);
    }

    [Fact]
    public async Task Application_has_no_collector_by_default()
    {
        await using var builder = await CreateAsync();
        Assert.DoesNotContain(builder.Resources, resource => resource.Name == "collector");
    }

    private Task<IDistributedApplicationTestingBuilder> CreateAsync(params string[] arguments) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.Shop_AppHost>(
            ["--infrastructure", "containers", "--data", _data.FullName, .. arguments]);

    private static async Task<Dictionary<string, object>> GetVariablesAsync(
        IDistributedApplicationTestingBuilder builder, string name)
    {
        var resource = builder.Resources.Single(resource => resource.Name == name);
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, resource, []);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.EnvironmentVariables;
    }
}
