using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.CriticalRoutes;
using Shop.Telemetry.Sampling.Logs;

namespace Shop.Tests.Unit.Telemetry.Sampling;

public sealed class InvalidConfigurationChangeTests
{
    [Theory]
    [InlineData("Probability", "50", "Probability")]
    [InlineData("TargetPerSecond", "abc", "TargetPerSecond")]
    [InlineData("Rules:few:Probability", "abc", "Rules:few:Probability")]
    public void Trace_sampling_keeps_the_previous_settings_and_logs_the_reason_when_a_change_is_invalid(
        string setting, string value, string reason)
    {
        using var service = new Service(
            builder => builder.AddSampling(), ("Shop:TraceSampling:Probability", "0.5"), ("Shop:TraceSampling:Rules:few:Route", "^/few$"));
        var policyProvider = service.Get<SamplingPolicyProvider>();

        service.Change($"Shop:TraceSampling:{setting}", value);

        Assert.Equal(0.5, policyProvider.Current.Probability);
        Assert.Equal(0.5, service.Get<IOptionsMonitor<TraceSamplingOptions>>().CurrentValue.Probability);
        service.AssertRejected("trace_sampling.rejected", reason);

        service.Change(($"Shop:TraceSampling:{setting}", "1"), ("Shop:TraceSampling:Probability", "0.2"));

        Assert.Equal(0.2, policyProvider.Current.Probability);
    }

    [Theory]
    [InlineData("Route", "(", "Rules:test:Route")]
    [InlineData("Enabled", "abc", "Rules:test:Enabled")]
    public void Critical_routes_keep_the_previous_settings_and_log_the_reason_when_a_change_is_invalid(
        string setting, string value, string reason)
    {
        using var service = new Service(
            builder => builder.AddCriticalRoutes(), ("Shop:CriticalRoutes:Rules:test:Route", "^/old$"));
        var matcher = service.Get<CriticalRouteMatcher>();

        service.Change($"Shop:CriticalRoutes:Rules:test:{setting}", value);

        Assert.Equal("test", matcher.MatchRoute("/old"));
        Assert.Single(service.Get<IOptionsMonitor<CriticalRouteOptions>>().CurrentValue.Rules);
        service.AssertRejected("critical_routes.rejected", reason);

        service.Change(("Shop:CriticalRoutes:Rules:test:Enabled", "true"), ("Shop:CriticalRoutes:Rules:test:Route", "^/new$"));

        Assert.Equal("test", matcher.MatchRoute("/new"));
        Assert.Null(matcher.MatchRoute("/old"));
    }

    [Theory]
    [InlineData("MinProbability", "2", "MinProbability")]
    [InlineData("TargetPerSecond", "abc", "TargetPerSecond")]
    [InlineData("Rules:test:Probability", "abc", "Rules:test:Probability")]
    public void Log_sampling_keeps_the_previous_settings_and_logs_the_reason_when_a_change_is_invalid(
        string setting, string value, string reason)
    {
        const string Probability = "Shop:LogSampling:Rules:test:Probability";
        using var service = new Service(
            builder => builder.AddLogSampling(), (Probability, "0"), ("Shop:LogSampling:Rules:test:Category", "Test"));
        var log = service.Get<ILoggerFactory>().CreateLogger("Test");

        // The valid part of an invalid change does not apply either.
        service.Change((Probability, "1"), ($"Shop:LogSampling:{setting}", value));

        Assert.False(log.IsEnabled(LogLevel.Information));
        Assert.Single(service.Get<IOptionsMonitor<LogSamplingOptions>>().CurrentValue.Rules);
        service.AssertRejected("log_sampling.rejected", reason);

        service.Change($"Shop:LogSampling:{setting}", "1");

        Assert.True(log.IsEnabled(LogLevel.Information));
    }

    [Fact]
    public void Rejection_is_logged_again_only_when_the_section_has_changed()
    {
        using var service = new Service(builder => builder.AddSampling());
        service.Get<SamplingPolicyProvider>();

        service.Change("Shop:TraceSampling:Probability", "50");
        service.Change("Shop:Unrelated", "1");
        Assert.Single(service.Rejections);

        service.Change("Shop:TraceSampling:Probability", "60");
        Assert.Equal(2, service.Rejections.Count);
    }

    private sealed class Service : IDisposable
    {
        private readonly ConfigurationManager _configuration = new();
        private readonly IHost _host;

        public Service(Action<HostApplicationBuilder> configure, params (string Name, string Value)[] settings)
        {
            var builder = Host.CreateEmptyApplicationBuilder(new() { Configuration = _configuration });
            builder.Configuration.AddInMemoryCollection(
                settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)));
            builder.Services.AddSingleton<ILoggerProvider>(_ => new Provider(Rejections));
            configure(builder);
            _host = builder.Build();
        }

        public List<(string? EventName, LogLevel Level, Exception? Exception)> Rejections { get; } = [];

        public T Get<T>()
            where T : notnull => _host.Services.GetRequiredService<T>();

        public void Change(string name, string value) => Change((name, value));

        public void Change(params (string Name, string Value)[] settings)
        {
            foreach (var (name, value) in settings)
            {
                _configuration[name] = value;
            }

            ((IConfigurationRoot)_configuration).Reload();
        }

        public void AssertRejected(string eventName, string reason)
        {
            var rejection = Assert.Single(Rejections);
            Assert.Equal((eventName, LogLevel.Error), (rejection.EventName, rejection.Level));
            Assert.Contains(reason, rejection.Exception!.Message, StringComparison.Ordinal);
        }

        public void Dispose() => _host.Dispose();
    }

    private sealed class Provider(List<(string? EventName, LogLevel Level, Exception? Exception)> rejections) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new Logger(rejections);

        public void Dispose()
        {
        }
    }

    private sealed class Logger(List<(string? EventName, LogLevel Level, Exception? Exception)> rejections) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name?.EndsWith(".rejected", StringComparison.Ordinal) is true)
            {
                rejections.Add((eventId.Name, logLevel, exception));
            }
        }
    }
}
