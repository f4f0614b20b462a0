using System.Text.RegularExpressions;
using k8s.Models;
using Shop.Tests.Component.AppHost;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Deploy;

/// <summary>The manifests for Kubernetes say what the model of the AppHost says, and follow the policy for containers.</summary>
public sealed partial class KubernetesTests(PublishedModelTests.Manifest manifest) : IClassFixture<PublishedModelTests.Manifest>
{
    private static readonly KubernetesManifests _base = KubernetesManifests.LoadBase();

    [Fact]
    public void Services_and_servers_of_the_model_are_in_the_manifests()
    {
        var services = new PublishedEnvironment(manifest.Resources).Services.ToHashSet();

        Assert.Equal(services, _base.Objects.OfType<V1Deployment>().Select(deployment => deployment.Metadata.Name).ToHashSet());
        Assert.Equal(
            ["postgres", "rabbitmq", "redis"], _base.Objects.OfType<V1StatefulSet>().Select(set => set.Metadata.Name).Order());
        Assert.Equal(
            services, _base.Objects.OfType<V2HorizontalPodAutoscaler>().Select(scaler => scaler.Spec.ScaleTargetRef.Name).ToHashSet());
        Assert.Equal(
            _base.Pods.Keys.Order(), _base.Objects.OfType<V1PodDisruptionBudget>().Select(budget => budget.Metadata.Name).Order());
        Assert.Equal(_base.Pods.Keys.Order(), _base.Objects.OfType<V1Service>().Select(service => service.Metadata.Name).Order());
    }

    [Fact]
    public void Replica_that_is_not_ready_does_not_stop_a_drain_and_a_server_does()
    {
        var budgets = _base.Objects.OfType<V1PodDisruptionBudget>().ToDictionary(budget => budget.Metadata.Name, budget => budget.Spec);
        var servers = budgets.Where(budget => budget.Value.MaxUnavailable.Value == "0").ToDictionary();
        Assert.Equal(["postgres", "rabbitmq", "redis"], servers.Keys.Order());

        Assert.All(budgets.Except(servers), budget => Assert.Equal(("1", "AlwaysAllow"),
            (budget.Value.MaxUnavailable.Value, budget.Value.UnhealthyPodEvictionPolicy)));
        Assert.All(servers.Values, budget => Assert.Null(budget.UnhealthyPodEvictionPolicy));
    }

    [Fact]
    public void Environment_of_each_deployment_is_that_of_the_model()
    {
        var published = new PublishedEnvironment(manifest.Resources);
        Assert.NotEmpty(published.Services);

        Assert.All(published.Services, service => Assert.Equal(
            published.Of(service).ToLines(),
            PublishedEnvironment.WithoutSettingsOfTheDeployment(_base.GetEnvironment(service)).ToLines()));
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("postgres")]
    [InlineData("rabbitmq")]
    public void Server_has_the_image_and_the_volume_of_the_model(string server)
    {
        var published = manifest.Resources[server]!;
        Assert.EndsWith($"/{_base.GetContainer(server).Image}", (string?)published["image"], StringComparison.Ordinal);
        Assert.Contains(_base.GetContainer(server).VolumeMounts,
            mount => mount.Name == "data" && mount.MountPath == (string?)published["volumes"]![0]!["target"]);
    }

    [Fact]
    public void Pods_follow_the_policy()
    {
        Assert.NotEmpty(_base.Pods);
        Assert.Empty(_base.Pods.Keys.SelectMany(pod => ContainerPolicy.GetViolations(_base.GetSettings(pod))));
        Assert.All(_base.Pods.Values, pod => Assert.False(pod.Spec.AutomountServiceAccountToken));
    }

    [Fact]
    public void Secrets_are_taken_by_reference()
    {
        Assert.Empty(_base.Objects.OfType<V1Secret>());
        Assert.All(_base.Pods.Keys.SelectMany(pod => _base.GetContainer(pod).Env), variable =>
        {
            if (SecretName().IsMatch(variable.Name))
            {
                Assert.NotNull(variable.ValueFrom?.SecretKeyRef);
            }
        });
    }

    [Fact]
    public void Everything_is_denied_except_for_the_connections_of_the_model()
    {
        Assert.Contains(_base.Objects.OfType<V1NetworkPolicy>(), policy =>
            policy.Spec.PodSelector.MatchLabels is null && policy.Spec.Ingress is null && policy.Spec.Egress is null
            && policy.Spec.PolicyTypes.Order().SequenceEqual(["Egress", "Ingress"]));
        var called = _base.GetAllowedConnections(egress: true).Order().ToList();
        Assert.Equal(called, _base.GetAllowedConnections(egress: false).Order());

        // A service knows all addresses of another, and may need one of them only: storefront -> catalog:8080.
        var published = new PublishedEnvironment(manifest.Resources);
        var known =
        (
            from service in published.Services
            from value in published.Of(service).Values
            from match in Address().Matches(value.Replace("Host=postgres;Port=", "@postgres:", StringComparison.Ordinal))
            where match.Groups[1].Value != service
            select $"{service} -> {match.Groups[1].Value}:{match.Groups[2].Value}"
        ).ToHashSet();
        Assert.NotEmpty(known);
        Assert.Empty(called.Except(known));
        Assert.Equal(known.Select(WithoutPort).Distinct().Order(), called.Select(WithoutPort).Distinct().Order());

        static string WithoutPort(string connection) => connection.Split(':')[0];
    }

    [Fact]
    public void Postgres_has_connections_for_all_replicas()
    {
        const int ConnectionsOfAReplica = 30;
        const int FurtherOfInsights = 10;
        var connections = _base.Objects.OfType<V2HorizontalPodAutoscaler>()
            .Where(scaler => _base.GetEnvironment(scaler.Metadata.Name).Values.Any(IsOfPostgres))
            .Sum(scaler => scaler.Spec.MaxReplicas
                * (ConnectionsOfAReplica + (scaler.Metadata.Name == "insights" ? FurtherOfInsights : 0)));
        var max = int.Parse(_base.GetContainer("postgres").Args.Last()["max_connections=".Length..], null);

        Assert.InRange(connections, 1, max - 1);

        static bool IsOfPostgres(string value) => value.StartsWith("Host=postgres;", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("create-databases.sh", "postgres")]
    [InlineData("20-user.conf", "rabbitmq")]
    public void Files_of_the_servers_are_those_of_Compose(string file, string server) => Assert.Equal(
        File.ReadAllText(Path.Combine(Repository.Root, "deploy", "compose", server, file)),
        File.ReadAllText(Path.Combine(KubernetesManifests.Directory, "base", file)));

    [Fact]
    public void Keys_of_the_secret_are_those_of_the_env_of_Compose_and_settings_have_a_default()
    {
        var settings = File.ReadLines(Path.Combine(KubernetesManifests.Directory, "base", "settings.env"))
            .Where(line => line.Contains('=') && !line.StartsWith('#')).Select(line => line.Split('=')[0]).ToHashSet();
        var references = _base.Pods.Keys.SelectMany(pod => _base.GetContainer(pod).Env).Select(variable => variable.ValueFrom).ToList();

        Assert.Subset(
            ComposeFile.Variables.ToHashSet(), references.Select(source => source?.SecretKeyRef?.Key).OfType<string>().ToHashSet());
        Assert.Equal(settings, references.Select(source => source?.ConfigMapKeyRef?.Key).OfType<string>().ToHashSet());
    }

    [KubectlTheory]
    [InlineData("single-node", 1, "ScheduleAnyway")]
    [InlineData("three-zones", 3, "DoNotSchedule")]
    [InlineData("three-zones-cilium", 3, "DoNotSchedule")]
    public async Task Overlay_changes_the_number_of_replicas_and_their_zones_and_nothing_of_the_policy(
        string overlay, int replicas, string whenUnsatisfiable)
    {
        var built = await KubernetesManifests.BuildOverlayAsync(overlay);

        Assert.Equal(_base.Pods.Keys.Order(), built.Pods.Keys.Order());
        Assert.Empty(built.Pods.Keys.SelectMany(pod => ContainerPolicy.GetViolations(built.GetSettings(pod))));
        Assert.All(built.Objects.OfType<V2HorizontalPodAutoscaler>(), scaler => Assert.Equal(replicas, scaler.Spec.MinReplicas));
        Assert.All(built.Objects.OfType<V1Deployment>(), deployment => Assert.Equal(
            ("topology.kubernetes.io/zone", whenUnsatisfiable),
            (deployment.Spec.Template.Spec.TopologySpreadConstraints[0].TopologyKey,
                deployment.Spec.Template.Spec.TopologySpreadConstraints[0].WhenUnsatisfiable)));
    }

    [GeneratedRegex("PASSWORD|DEFAULT_PASS|Secret$|(?<!Current)Key$|__Keys__|REDISCLI_AUTH", RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"(?:^|//|@)([a-z]+):(\d{4})")]
    private static partial Regex Address();
}
