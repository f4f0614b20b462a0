namespace Shop.Telemetry.Sampling.Logs;

/// <summary>The sampling decision about a log record.</summary>
internal enum LogSamplingDecision
{
    /// <summary>The record is dropped.</summary>
    Dropped,

    /// <summary>The record is written, by its sampling probability.</summary>
    Sampled,

    /// <summary>The record is written regardless of its probability, because of its trace or its critical route.</summary>
    AlwaysSampled,
}
