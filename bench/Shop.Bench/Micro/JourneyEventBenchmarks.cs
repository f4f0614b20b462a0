using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using Shop.Bench.Events;
using Shop.Messaging.JourneyEvents;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Bench.Micro;

/// <summary>Cost of a journey event for the request that emits it. Batches are formed on the same thread.</summary>
[MemoryDiagnoser]
public class JourneyEventBenchmarks
{
    private const int BatchSize = 100;

    private readonly BenchEvent _event = new("0f8fad5bd9cb469fa16570867728950e", "BAG-0101", 3);
    private JourneyEvents _logged = null!;
    private JourneyEvents _published = null!;
    private JourneyEventSerializer _serializer = null!;
    private JourneyEventQueue _queue = null!;
    private int _emitted;

    [GlobalSetup]
    public void Setup()
    {
        _logged = Build(_ => { }).GetRequiredService<JourneyEvents>();
        var services = Build(builder => builder.AddJourneyEventPublishing());
        _published = services.GetRequiredService<JourneyEvents>();
        _serializer = services.GetRequiredService<JourneyEventSerializer>();
        _queue = services.GetRequiredService<JourneyEventQueue>();
        new Activity("request").SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom()).Start();
        Baggage.Current = default(Baggage).SetBaggage(
            new(JourneyKeys.SessionId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.JourneyId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.RequestId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.UserSegment, UserSegments.Returning));
    }

    [Benchmark(Baseline = true)]
    public void EmitWithLogRecordOnly() => _logged.Emit(_event);

    [Benchmark]
    public void EmitWithLogRecordAndMessage()
    {
        _published.Emit(_event);
        if (++_emitted % BatchSize == 0)
        {
            _queue.TryRead();
        }
    }

    [Benchmark]
    public object SerializeForMessage() => _serializer.Serialize("bench.line_changed", 1, null, BenchEvent.Fields);

    private static IServiceProvider Build(Action<WebApplicationBuilder> configure)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ApplicationName = "Shop.Bench", EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        builder.Services.AddOpenTelemetry().WithLogging(logging => logging.AddProcessor(new NoOpProcessor()));
        configure(builder);
        return builder.Build().Services;
    }

    private sealed class NoOpProcessor : BaseProcessor<LogRecord>;
}
