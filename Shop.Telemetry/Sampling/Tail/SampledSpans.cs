using System.Diagnostics;

namespace Shop.Telemetry.Sampling.Tail;

/// <summary>Buffered spans of a trace that have to be exported.</summary>
/// <param name="TailReason">The reason of the tail decision; null when a positive head decision came after the spans had ended.</param>
/// <param name="Spans">The spans, in the order in which they ended.</param>
internal sealed record SampledSpans(string? TailReason, IReadOnlyList<Activity> Spans);
