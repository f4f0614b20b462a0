using System.Diagnostics;
using OpenTelemetry;

namespace Shop.Telemetry.Sampling;

/// <summary>A registered processor that exports the sampled spans. Without one, spans are not recorded for tail sampling.</summary>
/// <param name="Processor">The processor, for example one that exports in batches.</param>
internal sealed record SpanExport(BaseProcessor<Activity> Processor);
