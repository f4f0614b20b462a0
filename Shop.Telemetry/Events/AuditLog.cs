using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Events;

/// <summary>
/// Logs what people have changed in the course of their work, such as a price, a stock level or a message in an error queue. The records
/// have the category <c>Shop.Audit</c>. They are never sampled, and are written to the console and exported at any log level.
/// </summary>
public sealed class AuditLog(ILoggerFactory loggers) : ILogger
{
    /// <summary>The category of the records.</summary>
    public const string Category = "Shop.Audit";

    private readonly ILogger _inner = loggers.CreateLogger(Category);

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _inner.Log(logLevel, eventId, state, exception, formatter);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => _inner.IsEnabled(logLevel);

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => _inner.BeginScope(state);
}
