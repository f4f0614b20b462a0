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

/// <summary>Cost of one log call for the request that makes it, up to the OpenTelemetry processor.</summary>
[MemoryDiagnoser]
public class LogCallBenchmarks
{
    private readonly Guid _orderId = Guid.NewGuid();
    private ILogger _plain = null!;
    private ILogger _sampled = null!;
    private ILogger _dropped = null!;
    private ILogger _droppedByTelemetryPackage = null!;

    [GlobalSetup]
    public void Setup()
    {
        _plain = CreatePlainLogger(_ => { });
        _sampled = CreateSamplingLogger("1");
        _dropped = CreateSamplingLogger("0");
        _droppedByTelemetryPackage = CreatePlainLogger(logging => logging.AddRandomProbabilisticSampler(0));
        new Activity("request").SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom()).Start();
    }

    [Benchmark(Baseline = true)]
    public void PlainOpenTelemetry() => _plain.CartLineChanged("cart-1", "BAG-0101", 3, _orderId, 1);

    [Benchmark]
    public void Sampled() => _sampled.CartLineChanged("cart-1", "BAG-0101", 3, _orderId, 1);

    [Benchmark]
    public void Dropped() => _dropped.CartLineChanged("cart-1", "BAG-0101", 3, _orderId, 1);

    [Benchmark]
    public void DroppedByMicrosoftExtensionsTelemetry() => _droppedByTelemetryPackage.CartLineChanged("cart-1", "BAG-0101", 3, _orderId, 1);

    private static ILogger CreateSamplingLogger(string probability)
    {
        var builder = CreateBuilder();
        builder.Configuration["Shop:LogSampling:Rules:bench:Probability"] = probability;
        builder.AddServiceDefaults();
        return BuildLogger(builder);
    }

    private static ILogger CreatePlainLogger(Action<ILoggingBuilder> addSampler)
    {
        var builder = CreateBuilder();
        builder.Logging.AddOpenTelemetry(logging => (logging.IncludeFormattedMessage, logging.IncludeScopes) = (true, true));
        addSampler(builder.Logging);
        return BuildLogger(builder);
    }

    private static WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ApplicationName = "Shop.Bench", EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        return builder;
    }

    private static ILogger BuildLogger(WebApplicationBuilder builder)
    {
        builder.Services.AddOpenTelemetry().WithLogging(logging => logging.AddProcessor(new NoOpProcessor()));
        return builder.Build().Services.GetRequiredService<ILoggerFactory>().CreateLogger("Shop.Cart.Carts.CartStore");
    }

    private sealed class NoOpProcessor : BaseProcessor<LogRecord>;
}
