using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Tracing;

namespace Shop.Bench.Micro;

/// <summary>Cost of the journey attributes of a span: session id, journey id, request id and critical route.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "Disposed by GlobalCleanup.")]
public class SpanBenchmarks
{
    private readonly ActivitySource _plain = new("plain");
    private readonly ActivitySource _enriched = new("enriched");
    private readonly ActivitySource _dropped = new("dropped");
    private List<TracerProvider> _providers = [];

    [GlobalSetup]
    public void Setup()
    {
        _providers =
        [
            Sdk.CreateTracerProviderBuilder().AddSource(_plain.Name).SetSampler<AlwaysOnSampler>().Build(),
            Sdk.CreateTracerProviderBuilder().AddSource(_enriched.Name).SetSampler<AlwaysOnSampler>()
                .AddProcessor<JourneySpanProcessor>().Build(),
            Sdk.CreateTracerProviderBuilder().AddSource(_dropped.Name).SetSampler<AlwaysOffSampler>()
                .AddProcessor<JourneySpanProcessor>().Build(),
        ];
        Baggage.Current = default(Baggage).SetBaggage(
            new(JourneyKeys.SessionId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.JourneyId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.RequestId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.CriticalRoute, "checkout"));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _providers.ForEach(provider => provider.Dispose());
        foreach (var source in (ActivitySource[])[_plain, _enriched, _dropped])
        {
            source.Dispose();
        }
    }

    [Benchmark(Baseline = true)]
    public void Span() => _plain.StartActivity("span")?.Dispose();

    [Benchmark]
    public void SpanWithJourney() => _enriched.StartActivity("span")?.Dispose();

    [Benchmark]
    public void SpanWithJourneyNotRecorded() => _dropped.StartActivity("span")?.Dispose();
}
