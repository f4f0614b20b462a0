using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Propagation;
using Shop.Telemetry.Sampling;

namespace Shop.Bench.Micro;

/// <summary>
/// Cost of a request with the service defaults and all signals, in a server without connections: the endpoint sets a value of the journey
/// and starts a span. The baseline is the same endpoint in a bare application. The caller is a service with a journey of five values.
/// </summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "Disposed by GlobalCleanup.")]
public class RequestBenchmarks
{
    private const string Key = "0123456789abcdef0123456789abcdef";
    private const string Path = "/api/v1/items/BAG-0101";

    private static readonly ActivitySource _source = new("Shop.Bench");
    private static readonly JourneyKey _itemId = new("shop.item.id", maxLength: 64);

    private readonly HeaderDictionary _visitor = [];
    private readonly HeaderDictionary _service = new()
    {
        [ServiceKey.HeaderName] = Key,
        ["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
        ["baggage"] = "shop.request.id=0197f3c0a1b27c3d8e9fa0b1c2d3e4f5,session.id=4bf92f3577b34da6a3ce929d0e0e4736," +
            "shop.journey.id=77aa2f3577b34da6a3ce929d0e0e4736,shop.user.segment=returning,shop.page.from=/products/{sku}",
    };

    private WebApplication _application = null!;
    private InMemoryServer _server = null!;

    [GlobalSetup(Target = nameof(RequestOfBareApplication))]
    public void StartBareApplication() => Start(WebApplication.CreateSlimBuilder(), static _ => { });

    [GlobalSetup(Targets = [nameof(RequestNotRecorded), nameof(RequestOfVisitorNotRecorded)])]
    public void StartUnrecorded() => StartWithDefaults(probability: "0", bufferedPerSecond: "0");

    [GlobalSetup(Target = nameof(RequestBufferedAndDropped))]
    public void StartBuffering() => StartWithDefaults(probability: "0", bufferedPerSecond: "1000000");

    [GlobalSetup(Target = nameof(RequestOfVisitorSampled))]
    public void StartSampling() => StartWithDefaults(probability: "1", bufferedPerSecond: "0");

    // Spans are those of the whole process, so there is one application at a time.
    [GlobalCleanup]
    public void Stop() => _application.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Benchmark(Baseline = true)]
    public int RequestOfBareApplication() => _server.Send(Path, _service);

    [Benchmark]
    public int RequestNotRecorded() => _server.Send(Path, _service);

    [Benchmark]
    public int RequestOfVisitorNotRecorded() => _server.Send(Path, _visitor);

    [Benchmark]
    public int RequestBufferedAndDropped() => _server.Send(Path, _service);

    [Benchmark]
    public int RequestOfVisitorSampled() => _server.Send(Path, _visitor);

    private void StartWithDefaults(string probability, string bufferedPerSecond)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ApplicationName = "Shop.Bench", EnvironmentName = "Production" });
        builder.Configuration["Shop:ServiceKey"] = Key;
        builder.Configuration["Shop:RequestLimits:Address:RequestsPerSecond"] = "1000000";
        builder.Configuration["Shop:RequestLimits:Address:Burst"] = "1000000";
        builder.Configuration["Shop:TraceSampling:Probability"] = probability;
        builder.Configuration["Shop:TraceSampling:TargetPerSecond"] = "0";
        builder.Configuration["Shop:TraceSampling:Tail:BufferedTracesPerSecond"] = bufferedPerSecond;
        builder.AddServiceDefaults();
        builder.AddJourneyKeys(_itemId);
        builder.Services.AddSingleton(new SpanExport(new NoOpProcessor<Activity>()));
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddReader(new BaseExportingMetricReader(new NoOpExporter())))
            .WithLogging(logging => logging.AddProcessor(new NoOpProcessor<LogRecord>()));
        Start(builder, static app => app.UseServiceDefaults());
    }

    private void Start(WebApplicationBuilder builder, Action<WebApplication> use)
    {
        _server = new InMemoryServer();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IServer>(_server);
        _application = builder.Build();
        use(_application);
        _application.MapGet("/api/v1/items/{id}", GetItemAsync).AllowAnonymous();
        _application.Start();
    }

    private static async Task<IResult> GetItemAsync(string id)
    {
        JourneyContext.Set(_itemId, id);
        using var span = _source.StartActivity("find item");
        // As a call of a database: what awaits the endpoint is suspended.
        await Task.Yield();
        return TypedResults.NoContent();
    }

    private sealed class NoOpProcessor<T> : BaseProcessor<T>;

    private sealed class NoOpExporter : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch) => ExportResult.Success;
    }
}
