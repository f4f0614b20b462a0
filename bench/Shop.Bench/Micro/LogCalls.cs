using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using Shop.Bench.Logs;

namespace Shop.Bench.Micro;

/// <summary>What one log call costs the request that makes it, up to the OpenTelemetry processor.</summary>
[MemoryDiagnoser]
public class LogCalls
{
    private readonly Guid _order = Guid.NewGuid();
    private ILogger _kept = null!;
    private ILogger _dropped = null!;
    private ILogger _plain = null!;
    private ILogger _droppedByTelemetry = null!;

    [GlobalSetup]
    public void Build()
    {
        _kept = Ours("1");
        _dropped = Ours("0");
        _plain = Theirs(_ => { });
        _droppedByTelemetry = Theirs(logging => logging.AddRandomProbabilisticSampler(0));
        new Activity("request").SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom()).Start();
    }

    [Benchmark(Baseline = true)]
    public void PlainOpenTelemetry() => _plain.Line("cart-1", "BAG-0101", 3, _order, 1);

    [Benchmark]
    public void Kept() => _kept.Line("cart-1", "BAG-0101", 3, _order, 1);

    [Benchmark]
    public void Dropped() => _dropped.Line("cart-1", "BAG-0101", 3, _order, 1);

    [Benchmark]
    public void DroppedByMicrosoftExtensionsTelemetry() => _droppedByTelemetry.Line("cart-1", "BAG-0101", 3, _order, 1);

    private static ILogger Ours(string probability)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Shop.Bench", EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.Configuration["Shop:LogSampling:Rules:bench:Probability"] = probability;
        builder.AddServiceDefaults();
        builder.Services.AddOpenTelemetry().WithLogging(logging => logging.AddProcessor(new Sink()));
        return LoggerOf(builder);
    }

    private static ILogger Theirs(Action<ILoggingBuilder> sample)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Shop.Bench", EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.Logging.AddOpenTelemetry(logging => (logging.IncludeFormattedMessage, logging.IncludeScopes) = (true, true));
        builder.Services.AddOpenTelemetry().WithLogging(logging => logging.AddProcessor(new Sink()));
        sample(builder.Logging);
        return LoggerOf(builder);
    }

    private static ILogger LoggerOf(WebApplicationBuilder builder) =>
        builder.Build().Services.GetRequiredService<ILoggerFactory>().CreateLogger("Shop.Cart.Carts.CartStore");

    private sealed class Sink : BaseProcessor<LogRecord>;
}
