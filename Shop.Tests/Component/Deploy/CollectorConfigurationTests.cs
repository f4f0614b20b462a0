using System.Text.RegularExpressions;
using YamlDotNet.Core;

namespace Shop.Tests.Component.Deploy;

/// <summary>
/// The configuration of the OpenTelemetry Collector in <c>deploy/observability</c>, and what the AppHost adds to it. The collector itself
/// is not started.
/// </summary>
public sealed class CollectorConfigurationTests
{
    private static readonly CollectorConfiguration _deployment = CollectorConfiguration.Load("config.yaml");
    private static readonly CollectorConfiguration _withDashboard = CollectorConfiguration.Load("config.yaml", "dashboard.yaml");

    [Fact]
    public void Pipelines_of_the_collector_consist_of_components_that_it_has()
    {
        foreach (var configuration in (CollectorConfiguration[])[_deployment, _withDashboard])
        {
            Assert.Equal(["logs", "metrics", "traces"], configuration.Service.Pipelines.Keys.Order());
            var used = configuration.Service.Pipelines.Values.SelectMany(pipeline => (string[])
                [
                    .. pipeline.Receivers.Select(id => $"receivers/{id}"), .. pipeline.Processors.Select(id => $"processors/{id}"),
                    .. pipeline.Exporters.Select(id => $"exporters/{id}"),
                ])
                .Concat(configuration.Service.Extensions.Select(id => $"extensions/{id}")).ToHashSet();

            Assert.Subset(configuration.Components.Keys.ToHashSet(), used);
            Assert.All(configuration.Service.Pipelines.Values, pipeline => Assert.NotEmpty(pipeline.Exporters));
        }
    }

    [Theory]
    [InlineData("exporters: { otlp_grpc: { endpoints: tempo:4317 } }", "endpoints")]
    [InlineData("exporters: { otel: { endpoint: tempo:4317 } }", "There is no exporters/otel.")]
    [InlineData("processors: { batch: { timeout: 1 } }", "'1' is no duration.")]
    [InlineData("processors: { batch: { send_batch_size: many } }", "many")]
    [InlineData("processors: { redaction: { summary: loud } }", "loud")]
    public void Component_field_or_value_that_the_collector_does_not_have_is_found(string changed, string reason)
    {
        var error = Assert.ThrowsAny<YamlException>(() => CollectorConfiguration.Parse($"{changed}\nservice: {{ }}"));

        Assert.Contains(reason, $"{error}", StringComparison.Ordinal);
    }

    // What the collector validates when it starts.
    [Fact]
    public void Values_of_processors_are_valid_and_each_policy_has_the_settings_of_its_type()
    {
        var limiter = Assert.IsType<CollectorConfiguration.MemoryLimiter>(_deployment.Components["processors/memory_limiter"]);
        Assert.InRange(limiter.LimitPercentage, 1u, 100u);
        Assert.InRange(limiter.SpikeLimitPercentage, 0u, limiter.LimitPercentage - 1);

        var sampling = Assert.IsType<CollectorConfiguration.TailSampling>(_deployment.Components["processors/tail_sampling"]);
        Assert.Equal(sampling.Policies.Count, sampling.Policies.DistinctBy(policy => policy.Name).Count());
        Assert.All(sampling.Policies, policy => Assert.Equal([policy.Type], policy.Settings));
    }

    [Fact]
    public void Critical_failed_and_slow_traces_are_kept_whatever_the_share_of_the_others()
    {
        var policies = ((CollectorConfiguration.TailSampling)_deployment.Components["processors/tail_sampling"]).Policies;

        var critical = policies.Select(policy => policy.StringAttribute).OfType<CollectorConfiguration.StringAttributePolicy>().Single();
        Assert.Equal("shop.critical_route", critical.Key);
        Assert.True(critical.EnabledRegexMatching);
        Assert.Matches(Assert.Single(critical.Values), "checkout");
        Assert.Equal(
            [CollectorConfiguration.TraceStatus.ERROR],
            policies.Select(policy => policy.StatusCode).OfType<CollectorConfiguration.StatusCodePolicy>().Single().StatusCodes);
        Assert.Contains(policies, policy => policy.Latency is { ThresholdMs: > 0 });
    }

    [Theory]
    [InlineData("ada@example.org", true)]
    [InlineData("4111 1111 1111 1111", true)]
    [InlineData("4111111111111111", true)]
    [InlineData("0af7651916cd43dd8448eb211c80319c", false)]
    [InlineData("/api/v1/carts/{cartId}/checkout", false)]
    [InlineData("COF-0204", false)]
    [InlineData("tok_ok", false)]
    public void Values_that_look_like_addresses_and_cards_are_masked(string value, bool masked)
    {
        var redaction = Assert.IsType<CollectorConfiguration.Redaction>(_deployment.Components["processors/redaction"]);

        // As the expressions of the collector, these do not go back in the text.
        Assert.Equal(masked, redaction.BlockedValues.Any(blocked => Regex.IsMatch(value, blocked, RegexOptions.NonBacktracking)));
        Assert.All(
            (string[])["traces", "logs"],
            signal => Assert.Contains("redaction", _deployment.Service.Pipelines[signal].Processors));
    }

    [Fact]
    public void Dashboard_takes_the_place_of_all_backends_behind_the_same_processors()
    {
        Assert.All(_withDashboard.Service.Pipelines, pipeline =>
        {
            Assert.Equal(["otlp_grpc/dashboard"], pipeline.Value.Exporters);
            Assert.Equal(_deployment.Service.Pipelines[pipeline.Key].Processors, pipeline.Value.Processors);
        });
    }
}
