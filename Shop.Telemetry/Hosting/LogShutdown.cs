using OpenTelemetry.Logs;

namespace Shop.Telemetry.Hosting;

/// <summary>
/// Shuts the export of logs down when the logger factory is disposed, which is after nearly everything else. Records that are written
/// while the service's objects are disposed, or because it could not start, are exported as well.
/// </summary>
internal sealed class LogShutdown(ShutdownDeadline deadline)
{
    private TimeSpan _maxTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Exports all log records so far.</summary>
    public void Flush(LoggerProvider? provider, TimeSpan timeout)
    {
        // A collector that did not respond in time is not waited for a second time.
        var flushed = provider?.ForceFlush((int)timeout.TotalMilliseconds) ?? true;
        _maxTimeout = flushed ? TimeSpan.FromSeconds(0.5) : TimeSpan.Zero;
    }

    /// <summary>Exports the remaining log records and shuts the provider down, so that its disposal does not wait.</summary>
    public void Shutdown(LoggerProvider? provider)
    {
        var timeout = _maxTimeout > TimeSpan.Zero ? deadline.GetTimeout(_maxTimeout) : TimeSpan.Zero;
        provider?.Shutdown((int)timeout.TotalMilliseconds);
    }
}
