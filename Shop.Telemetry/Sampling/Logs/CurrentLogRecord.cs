namespace Shop.Telemetry.Sampling.Logs;

/// <summary>
/// Passes the sampling threshold of a log record from <see cref="SamplingLogger"/> to the providers, which write its adjusted count.
/// </summary>
/// <remarks>
/// The value is thread-static because <c>ILogger.Log</c> has no parameter for it. A wrapper around the state would hide the state's type
/// from the providers and cost an allocation per record, and an <see cref="AsyncLocal{T}"/> would copy the execution context on each
/// write. A thread-static value is sufficient: the JSON formatter and the log processors run on the calling thread before <c>Log</c>
/// returns.
/// </remarks>
internal static class CurrentLogRecord
{
    [ThreadStatic]
    private static SamplingThreshold _samplingThreshold;

    /// <summary>
    /// The threshold that the log record of the current thread was sampled with. It is 0, which stands for an adjusted count of 1, when
    /// the record was not subject to sampling.
    /// </summary>
    public static SamplingThreshold SamplingThreshold
    {
        get => _samplingThreshold;
        set => _samplingThreshold = value;
    }
}
