using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Tracing;

namespace Shop.Bench.Micro;

/// <summary>What it costs that each span says whose journey it belongs to: session, journey and request id, and the class of its key node.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet ends it by GlobalCleanup, and cannot derive from a sealed class.")]
public class SpanAttributes
{
    private readonly ActivitySource _plain = new("plain");
    private readonly ActivitySource _enriched = new("enriched");
    private readonly ActivitySource _dropped = new("dropped");
    private List<TracerProvider> _providers = [];

    [GlobalSetup]
    public void Build()
    {
        _providers =
        [
            Sdk.CreateTracerProviderBuilder().AddSource(_plain.Name).SetSampler<AlwaysOnSampler>().Build(),
            Sdk.CreateTracerProviderBuilder().AddSource(_enriched.Name).SetSampler<AlwaysOnSampler>().AddProcessor<JourneySpanProcessor>().Build(),
            Sdk.CreateTracerProviderBuilder().AddSource(_dropped.Name).SetSampler<AlwaysOffSampler>().AddProcessor<JourneySpanProcessor>().Build(),
        ];
        Baggage.Current = default(Baggage).SetBaggage(
            new(JourneyKeys.SessionId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.JourneyId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.RequestId, Guid.NewGuid().ToString("n")),
            new(JourneyKeys.CriticalRoute, "checkout"));
    }

    [GlobalCleanup]
    public void End()
    {
        _providers.ForEach(provider => provider.Dispose());
        foreach (var source in (ActivitySource[])[_plain, _enriched, _dropped])
            source.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Span() => _plain.StartActivity("span")?.Dispose();

    [Benchmark]
    public void SpanWithJourney() => _enriched.StartActivity("span")?.Dispose();

    [Benchmark]
    public void SpanWithJourneyNotRecorded() => _dropped.StartActivity("span")?.Dispose();
}
