using System.Collections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Events;

/// <summary>
/// Logs what people have changed in the course of their work, such as a price, a stock level or a message in an error queue, and who has:
/// the subject of the token is the attribute <c>user.id</c> and part of the text. The records have the category <c>Shop.Audit</c>. They are
/// never sampled, and are written to the console and exported at any log level.
/// </summary>
public sealed class AuditLog(ILoggerFactory loggers, IHttpContextAccessor http) : ILogger
{
    /// <summary>The category of the records.</summary>
    public const string Category = "Shop.Audit";

    private const string Subject = "sub";

    private readonly ILogger _inner = loggers.CreateLogger(Category);

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        var record = new Record(
            state as IReadOnlyList<KeyValuePair<string, object?>> ?? [],
            formatter(state, exception),
            http.HttpContext?.User.FindFirst(Subject)?.Value);
        _inner.Log(logLevel, eventId, record, exception, static (record, _) => record.ToString());
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => _inner.IsEnabled(logLevel);

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => _inner.BeginScope(state);

    // A copy: generated log methods use their state again.
    private sealed class Record : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly KeyValuePair<string, object?>[] _attributes;
        private readonly string _text;

        public Record(IReadOnlyList<KeyValuePair<string, object?>> attributes, string text, string? userId)
        {
            // First, because the template of the message is expected last.
            _attributes = [new("user.id", userId ?? "unknown"), .. attributes];
            _text = $"{text} (by {userId ?? "unknown"})";
        }

        public int Count => _attributes.Length;

        public KeyValuePair<string, object?> this[int index] => _attributes[index];

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _attributes.AsEnumerable().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => _text;
    }
}
