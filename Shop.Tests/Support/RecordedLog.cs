using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Shop.Tests.Support;

/// <summary>Records the log messages of a host by their event names.</summary>
internal sealed class RecordedLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(string? EventName, string Text, LogLevel Level)> _records = [];

    /// <summary>The texts of all warnings and errors, oldest first.</summary>
    public IReadOnlyList<string> Warnings => [.. _records.Where(record => record.Level >= LogLevel.Warning).Select(record => record.Text)];

    /// <summary>Returns the texts of all messages of an event, oldest first.</summary>
    public IReadOnlyList<string> TextsOf(string eventName) =>
        [.. _records.Where(record => record.EventName == eventName).Select(record => record.Text)];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _records.Enqueue((eventId.Name, formatter(state, exception), logLevel));

    public void Dispose()
    {
    }
}
