using System.Text.RegularExpressions;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Deploy;

/// <summary>The Compose file that adds what <c>deploy/observability</c> configures.</summary>
public sealed partial class ComposeObservabilityTests
{
    private static readonly ComposeFile _compose = ComposeFile.Load("compose.observability.yaml");

    private static readonly IReadOnlyList<string> _added = [.. _compose.Services.Except(ComposeFile.Load().Services)];

    [Fact]
    public void All_services_export_to_the_collector_that_the_file_adds()
    {
        Assert.Equal(InProcessService.Names.Order(), _compose.Services.Except(_added).Order());
        Assert.All(InProcessService.Names, service =>
            Assert.Equal("http://collector:4317", _compose.GetEnvironment(service)["OTEL_EXPORTER_OTLP_ENDPOINT"]));
    }

    // Images without a shell have no program that could check their health.
    [Fact]
    public void Added_containers_follow_the_policy_but_for_health_checks()
    {
        Assert.NotEmpty(_added);
        Assert.Empty(_added.SelectMany(service =>
            ContainerPolicy.GetViolations(_compose.GetContainer(service) with { HasHealthCheck = true })));
    }

    [Fact]
    public void Only_Grafana_is_reached_from_outside_and_on_loopback()
    {
        Assert.All(_added.Except(["grafana"]), service =>
        {
            Assert.Empty(_compose.List(service, "ports"));
            Assert.Equal(["inside"], _compose.List(service, "networks"));
        });
        Assert.StartsWith("127.0.0.1:", Assert.Single(_compose.List("grafana", "ports")), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_mounted_exist_and_name_only_servers_that_the_file_adds()
    {
        var mounted = _added.SelectMany(service => _compose.List(service, "volumes"))
            .Where(volume => volume.StartsWith("../", StringComparison.Ordinal))
            .Select(volume => Path.GetFullPath(Path.Combine(ComposeFile.Directory, volume.Split(':')[0]))).ToList();
        Assert.NotEmpty(mounted);
        Assert.All(mounted, path => Assert.True(Path.Exists(path), path));

        var hosts = mounted.SelectMany(path => Directory.Exists(path) ? Directory.GetFiles(path) : [path])
            .Where(file => Path.GetExtension(file) is ".yml" or ".yaml")
            .SelectMany(file => Address().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .ToHashSet();
        Assert.Superset(new HashSet<string> { "alertmanager", "loki", "prometheus", "tempo" }, hosts);
        Assert.Subset(_added.ToHashSet(), hosts);
    }

    [Fact]
    public void Data_sources_of_the_dashboards_are_provisioned()
    {
        var sources = ((List<object>)MonitoringFiles.ReadYaml(Path.Combine(MonitoringFiles.Directory, "grafana", "datasources.yml"))
            ["datasources"]).Cast<Dictionary<object, object>>().Select(source => (string)source["uid"]).ToHashSet();
        var used = MonitoringFiles.Dashboards.SelectMany(dashboard => MonitoringFiles.Read(dashboard)["panels"]!.AsArray())
            .Select(panel => (string?)panel!["datasource"]!["uid"]).OfType<string>().ToHashSet();

        Assert.NotEmpty(used);
        Assert.Subset(sources, used);
    }

    // A server with its port, such as http://tempo:3200 and "alertmanager:9093". The addresses that servers listen on are numbers.
    [GeneratedRegex(@"(?:http://|endpoint: |"")([a-z]+):\d{4,5}")]
    private static partial Regex Address();
}
