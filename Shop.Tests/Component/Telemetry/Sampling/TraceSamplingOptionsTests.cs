using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Trace;
using Shop.Telemetry.Sampling;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Component.Telemetry.Sampling;

public sealed class TraceSamplingOptionsTests
{
    [Theory]
    [InlineData("Probability", "1.1")]
    [InlineData("Probability", "-0.1")]
    [InlineData("Probability", "0.0000001")]
    [InlineData("Tail:MaxTracesPerSecond", "0")]
    [InlineData("TargetPerSecond", "-1")]
    [InlineData("MinProbability", "0")]
    [InlineData("MinProbability", "2")]
    [InlineData("SmoothingWindow", "00:00:00")]
    [InlineData("Tail:LatencyThreshold", "00:00:00")]
    [InlineData("Tail:MaxSpans", "1")]
    [InlineData("Tail:MaxSpansPerTrace", "0")]
    [InlineData("Rules:few:Probability", "7", "Rules:few:Route", "x")]
    [InlineData("Rules:few:Route", "")]
    [InlineData("Rules:few:Route", "(")]
    [InlineData("Rules:few:Route", "(?=slow)")]
    public async Task Startup_fails_with_the_name_of_the_invalid_trace_sampling_setting(params string[] settings)
    {
        using var host = BuildHost(settings.Chunk(2).Select(pair => ($"{TraceSamplingOptions.Section}:{pair[0]}", (string?)pair[1])));

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains(settings[0].Split(':')[^1], exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Startup_fails_when_the_minimum_probability_is_greater_than_the_probability()
    {
        using var host = BuildHost([($"{TraceSamplingOptions.Section}:Probability", "0.001")]);

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains("MinProbability (0.005) must not be greater than Probability (0.001)", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("always_on", null, 1)]
    [InlineData("parentbased_always_on", null, 1)]
    [InlineData("always_off", null, 0)]
    [InlineData("traceidratio", "0.25", 0.25)]
    [InlineData("parentbased_traceidratio", "0.1", 0.1)]
    public void OpenTelemetry_environment_variables_set_a_fixed_probability(string sampler, string? argument, double probability)
    {
        var options = ReadOptions([("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", argument)]);

        Assert.Equal((probability, 0), (options.Probability, options.TargetPerSecond));
    }

    [Fact]
    public void Configuration_section_takes_precedence_over_environment_variables()
    {
        var options = ReadOptions([("OTEL_TRACES_SAMPLER", "always_on"), ($"{TraceSamplingOptions.Section}:Probability", "0.01")]);

        Assert.Equal((0.01, 0), (options.Probability, options.TargetPerSecond));
    }

    [Fact]
    public void Sampling_is_adaptive_with_critical_routes_and_tail_sampling_by_default()
    {
        var options = ReadOptions([]);

        Assert.Equal((1, 100, 0.005), (options.Probability, options.TargetPerSecond, options.MinProbability));
        Assert.True(options.AlwaysSampleCriticalRoutes);
        Assert.True(options.Tail.Enabled);
    }

    [Fact]
    public void Nothing_is_recorded_for_tail_sampling_without_an_exporter()
    {
        using var host = BuildHost(
            [($"{TraceSamplingOptions.Section}:Probability", "0"), ($"{TraceSamplingOptions.Section}:TargetPerSecond", "0")]);

        var decision = host.Services.GetRequiredService<TraceSampler>()
            .ShouldSample(new(default, ActivityTraceId.CreateRandom(), "work", ActivityKind.Internal)).Decision;

        Assert.Equal(SamplingDecision.Drop, decision);
    }

    [Fact]
    public void Configuration_reload_applies_at_once_unless_it_is_invalid()
    {
        var settings = new ConfigurationManager();
        using var host = BuildHost([], settings);
        var policyProvider = host.Services.GetRequiredService<SamplingPolicyProvider>();

        settings[$"{TraceSamplingOptions.Section}:Probability"] = "0.5";
        ((IConfigurationRoot)settings).Reload();
        Assert.Equal(0.5, policyProvider.Current.Probability);

        settings[$"{TraceSamplingOptions.Section}:Probability"] = "50";
        ((IConfigurationRoot)settings).Reload();
        Assert.Equal(0.5, policyProvider.Current.Probability);

        settings[$"{TraceSamplingOptions.Section}:Probability"] = "0.2";
        ((IConfigurationRoot)settings).Reload();
        Assert.Equal(0.2, policyProvider.Current.Probability);
    }

    [Fact]
    public async Task Invalid_settings_file_does_not_stop_the_service_and_the_next_valid_one_applies()
    {
        var directory = Directory.CreateTempSubdirectory("shop-tests-");
        var file = Path.Combine(directory.FullName, "settings.json");
        await File.WriteAllTextAsync(file, ToJson("0.5"));
        var settings = new ConfigurationManager();
        settings.AddJsonFile(file, optional: false, reloadOnChange: true);
        using (var host = BuildHost([], settings))
        {
            await host.StartAsync();
            var policyProvider = host.Services.GetRequiredService<SamplingPolicyProvider>();
            var reloads = 0;
            using var subscription = ((IConfigurationRoot)settings).GetReloadToken()
                .RegisterChangeCallback(_ => Interlocked.Increment(ref reloads), null);

            await File.WriteAllTextAsync(file, ToJson("50"));
            await Eventually.ReadAsync(() => Task.FromResult(Volatile.Read(ref reloads)), count => count > 0);
            Assert.Equal(0.5, policyProvider.Current.Probability);

            await File.WriteAllTextAsync(file, ToJson("0.2"));
            await Eventually.ReadAsync(() => Task.FromResult(policyProvider.Current.Probability), probability => probability == 0.2);
            await host.StopAsync();
        }

        directory.Delete(recursive: true);

        static string ToJson(string probability) => $$"""{ "Shop": { "TraceSampling": { "Probability": {{probability}} } } }""";
    }

    private static TraceSamplingOptions ReadOptions(IEnumerable<(string Name, string? Value)> settings)
    {
        using var host = BuildHost(settings);
        return host.Services.GetRequiredService<IOptions<TraceSamplingOptions>>().Value;
    }

    private static IHost BuildHost(IEnumerable<(string Name, string? Value)> settings, ConfigurationManager? configuration = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { Configuration = configuration ?? new() });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)));
        builder.AddSampling();
        return builder.Build();
    }
}
