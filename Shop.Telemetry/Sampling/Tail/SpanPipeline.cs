using System.Diagnostics;
using OpenTelemetry;

namespace Shop.Telemetry.Sampling.Tail;

/// <summary>
/// The processors of all spans. Sampling and export come last: after the processors of <c>AddSpanProcessor</c>, and after those that the
/// service adds to the tracer provider itself.
/// </summary>
/// <remarks>
/// The tracer provider has one list of processors and no order other than that of their registration. It adds later processors to the
/// first one if that is a <see cref="CompositeProcessor{T}"/>. This one is the first, and calls sampling and export after all of them. They
/// are in its list nevertheless, so that the provider gives them the resource, flushes them and shuts them down.
/// </remarks>
/// <param name="processors">The processors that run first.</param>
/// <param name="tailSampling">Sampling and export; null when nothing is exported.</param>
internal sealed class SpanPipeline(IEnumerable<BaseProcessor<Activity>> processors, TailSamplingProcessor? tailSampling)
    : CompositeProcessor<Activity>(tailSampling is null ? processors : processors.Append(tailSampling))
{
    /// <inheritdoc/>
    public override void OnEnd(Activity data)
    {
        base.OnEnd(data);
        tailSampling?.Sample(data);
    }
}
