using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Sampling;

namespace Shop.Tests.Unit.ServiceDefaults.Sampling;

public sealed class TraceSamplingOptionsTests
{
    [Theory]
    [InlineData("Probability", "1.1")]
    [InlineData("Probability", "-0.1")]
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
    public async Task A_bad_value_stops_the_start_and_is_named(params string[] settings)
    {
        using var host = Host(settings.Chunk(2).Select(pair => ($"{TraceSamplingOptions.Section}:{pair[0]}", (string?)pair[1])));

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains(settings[0].Split(':')[^1], refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lowest_ratio_above_the_highest_is_refused()
    {
        using var host = Host([($"{TraceSamplingOptions.Section}:Probability", "0.001")]);

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains("MinProbability 0.005 is above Probability 0.001", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("always_on", null, 1)]
    [InlineData("parentbased_always_on", null, 1)]
    [InlineData("always_off", null, 0)]
    [InlineData("traceidratio", "0.25", 0.25)]
    [InlineData("parentbased_traceidratio", "0.1", 0.1)]
    public void OpenTelemetrys_own_variables_set_a_fixed_ratio(string sampler, string? argument, double ratio)
    {
        var options = Read([("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", argument)]);

        Assert.Equal((ratio, 0), (options.Probability, options.TargetPerSecond));
    }

    [Fact]
    public void Our_section_has_the_last_word()
    {
        var options = Read([("OTEL_TRACES_SAMPLER", "always_on"), ($"{TraceSamplingOptions.Section}:Probability", "0.01")]);

        Assert.Equal((0.01, 0), (options.Probability, options.TargetPerSecond));
    }

    [Fact]
    public void Without_any_setting_the_ratio_follows_the_traffic_and_key_nodes_and_failures_are_kept()
    {
        var options = Read([]);

        Assert.Equal((1, 100, 0.005), (options.Probability, options.TargetPerSecond, options.MinProbability));
        Assert.True(options.AlwaysSampleCriticalRoutes);
        Assert.True(options.Tail.Enabled);
    }

    [Fact]
    public void A_reload_is_taken_at_once_and_a_bad_one_not_at_all()
    {
        var settings = new ConfigurationManager();
        using var host = Host([], settings);
        var plan = host.Services.GetRequiredService<SamplingPolicyProvider>();

        settings[$"{TraceSamplingOptions.Section}:Probability"] = "0.5";
        ((IConfigurationRoot)settings).Reload();
        Assert.Equal(0.5, plan.Value.Probability);

        settings[$"{TraceSamplingOptions.Section}:Probability"] = "50";
        Assert.ThrowsAny<Exception>(((IConfigurationRoot)settings).Reload);
        Assert.Equal(0.5, plan.Value.Probability);

        settings[$"{TraceSamplingOptions.Section}:Probability"] = "0.2";
        ((IConfigurationRoot)settings).Reload();
        Assert.Equal(0.2, plan.Value.Probability);
    }

    [Fact]
    public async Task A_bad_settings_file_does_not_bring_the_service_down_and_the_next_good_one_is_taken()
    {
        var directory = Directory.CreateTempSubdirectory("shop-tests-");
        var file = Path.Combine(directory.FullName, "settings.json");
        await File.WriteAllTextAsync(file, Settings("0.5"));
        var settings = new ConfigurationManager();
        settings.AddJsonFile(file, optional: false, reloadOnChange: true);
        using (var host = Host([], settings))
        {
            await host.StartAsync();
            var plan = host.Services.GetRequiredService<SamplingPolicyProvider>();
            var reloads = 0;
            using var watch = ((IConfigurationRoot)settings).GetReloadToken().RegisterChangeCallback(_ => Interlocked.Increment(ref reloads), null);

            await File.WriteAllTextAsync(file, Settings("50"));
            await UntilAsync(() => Volatile.Read(ref reloads) > 0);
            Assert.Equal(0.5, plan.Value.Probability);

            await File.WriteAllTextAsync(file, Settings("0.2"));
            await UntilAsync(() => plan.Value.Probability == 0.2);
            await host.StopAsync();
        }

        directory.Delete(recursive: true);

        static string Settings(string ratio) => $$"""{ "Shop": { "TraceSampling": { "Probability": {{ratio}} } } }""";

        static async Task UntilAsync(Func<bool> reached)
        {
            for (var i = 0; i < 1000 && !reached(); i++)
                await Task.Delay(20);
            Assert.True(reached());
        }
    }

    private static TraceSamplingOptions Read(IEnumerable<(string Name, string? Value)> settings)
    {
        using var host = Host(settings);
        return host.Services.GetRequiredService<IOptions<TraceSamplingOptions>>().Value;
    }

    private static IHost Host(IEnumerable<(string Name, string? Value)> settings, ConfigurationManager? configuration = null)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new() { Configuration = configuration ?? new() });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)));
        builder.AddSampling();
        return builder.Build();
    }
}
