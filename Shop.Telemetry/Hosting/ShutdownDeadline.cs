namespace Shop.Telemetry.Hosting;

/// <summary>
/// Limits what the stop of a service waits for to 5 seconds in total: its requests and messages, the last export, and the console.
/// </summary>
/// <remarks>Orchestrators kill a process that takes longer: DCP after 6 seconds.</remarks>
internal sealed class ShutdownDeadline(TimeProvider time)
{
    private static readonly TimeSpan _total = TimeSpan.FromSeconds(5);

    // A thread that has nothing to wait for ends within this time.
    private static readonly TimeSpan _minTimeout = TimeSpan.FromSeconds(0.1);

    private readonly Lock _lock = new();
    private long? _start;

    /// <summary>Starts the time, unless it has started.</summary>
    public void Start()
    {
        lock (_lock)
        {
            _start ??= time.GetTimestamp();
        }
    }

    /// <summary>
    /// Gets how long one step of the stop may wait: until the deadline, within its limits. A service that could not start has its first
    /// step here, which starts the time.
    /// </summary>
    /// <param name="max">The longest time.</param>
    /// <param name="min">The shortest time, also after the deadline; 0.1 seconds if not given.</param>
    /// <param name="reserve">The time that is left for later steps.</param>
    public TimeSpan GetTimeout(TimeSpan max, TimeSpan? min = null, TimeSpan reserve = default)
    {
        Start();
        lock (_lock)
        {
            var remaining = _total - reserve - time.GetElapsedTime(_start!.Value);
            var shortest = min ?? _minTimeout;
            return remaining < shortest ? shortest : remaining > max ? max : remaining;
        }
    }
}
