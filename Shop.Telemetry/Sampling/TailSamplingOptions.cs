using System.ComponentModel.DataAnnotations;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// Configures tail sampling. Spans of a trace that is not sampled are buffered in memory until the part of the trace in this service
/// is complete, and are exported if that part failed or was slow. Above <see cref="BufferedTracesPerSecond"/>, other requests that fail or
/// are slow are exported with their own span alone.
/// </summary>
public sealed class TailSamplingOptions
{
    /// <summary>Gets or sets whether tail sampling is on. The default is true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Gets or sets the duration of a request or message, from 1 millisecond to 1 day, from which its spans are exported as slow. The
    /// default is 1 second.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan LatencyThreshold { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Gets or sets the number of traces per second, from 0.01 to 1,000,000, that are exported for the same reason (failed, slow) at the
    /// same route. Without a limit, an outage would export all traces while the machine is short of everything. The default is 10.
    /// </summary>
    [Range(0.01, 1_000_000.0)]
    public double MaxTracesPerSecond { get; set; } = 10;

    /// <summary>
    /// Gets or sets the number of requests per second, from 0 to 1,000,000, whose spans are buffered although their trace is not sampled.
    /// Of further requests, nothing is recorded unless they fail or are slow, and then only their own span. The default is 100.
    /// </summary>
    [Range(0.0, 1_000_000.0)]
    public double BufferedTracesPerSecond { get; set; } = 100;

    /// <summary>
    /// Gets or sets the approximate maximum number of buffered spans over all traces, from 16 to 1,000,000. At the limit the oldest
    /// trace is dropped. The default is 20,000.
    /// </summary>
    [Range(16, 1_000_000)]
    public int MaxSpans { get; set; } = 20_000;

    /// <summary>
    /// Gets or sets the maximum number of buffered spans of one trace, from 1 to 100,000. Further spans of the trace are dropped. The
    /// default is 500.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxSpansPerTrace { get; set; } = 500;
}
