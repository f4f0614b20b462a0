namespace Shop.Bench.Logs;

/// <summary>
/// Result of one <see cref="LogWorkload"/> process. The counts of emitted and written records cover the process from its start to its end.
/// </summary>
/// <param name="EventsPerSecond">Completed log calls per second.</param>
/// <param name="Cpu">Share of all processors, from 0 to 1.</param>
/// <param name="WriteLatencyP99">From the log call to the write of its record, in milliseconds; sampled records only.</param>
/// <param name="CallP99">Duration of a log call in milliseconds, whether or not its record was sampled.</param>
/// <param name="BytesPerEvent">Allocated bytes per log call.</param>
/// <param name="Emitted">Log calls.</param>
/// <param name="EmittedOnCriticalRoutes">Log calls of requests on a critical route.</param>
/// <param name="EmittedErrors">Log calls at level Error.</param>
/// <param name="Written">Records that reached their destination.</param>
/// <param name="WrittenOnCriticalRoutes">Records of requests on a critical route that reached their destination.</param>
/// <param name="WrittenErrors">Records at level Error that reached their destination.</param>
internal sealed record LogRunResult(
    double EventsPerSecond,
    double Cpu,
    double WriteLatencyP99,
    double CallP99,
    double BytesPerEvent,
    long Emitted,
    long EmittedOnCriticalRoutes,
    long EmittedErrors,
    long Written,
    long WrittenOnCriticalRoutes,
    long WrittenErrors);
