using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Hosting;
using Shop.Telemetry.Tracing;

namespace Shop.Telemetry.Logging;

/// <summary>
/// Writes log records to the console as lines of JSON. It replaces the console provider of .NET and has its settings, section
/// <c>Logging:Console</c>.
/// </summary>
[ProviderAlias("Console")]
internal sealed class JsonConsoleLoggerProvider : ILoggerProvider, ISupportExternalScope
{
    public const string FormatterName = "json-lines";

    private readonly JsonLineFormatter _formatter;
    private readonly LogLevel _errorThreshold;
    private readonly BatchingConsoleWriter _writer;
    private readonly BatchingConsoleWriter? _errorWriter;
    private IExternalScopeProvider? _scopes;

    public JsonConsoleLoggerProvider(
        IHostEnvironment host, IOptions<ConsoleLoggerOptions> options, ConsoleOutput output, ShutdownDeadline deadline)
    {
        _formatter = new JsonLineFormatter(host.GetServiceName());
        _errorThreshold = options.Value.LogToStandardErrorThreshold;
        _writer = CreateWriter(output.Output, options.Value, deadline);
        _errorWriter = _errorThreshold is LogLevel.None ? null : CreateWriter(output.Error, options.Value, deadline);
    }

    public ILogger CreateLogger(string categoryName) => new JsonConsoleLogger(categoryName, this);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
        _writer.Dispose();
        _errorWriter?.Dispose();
    }

    private BatchingConsoleWriter CreateWriter(Stream stream, ConsoleLoggerOptions options, ShutdownDeadline deadline) => new(
        stream,
        options.MaxQueueLength,
        options.QueueFullMode is ConsoleLoggerQueueFullMode.DropWrite,
        deadline,
        new JsonConsoleLogger(typeof(JsonConsoleLoggerProvider).FullName!, this).RecordsDropped);

    private sealed class JsonConsoleLogger(string category, JsonConsoleLoggerProvider provider) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => provider._scopes?.Push(state);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var entry = new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter);
            var writer = provider._errorWriter is { } errors && logLevel >= provider._errorThreshold ? errors : provider._writer;
            writer.Add(provider._formatter.Format(entry, provider._scopes));
        }
    }
}
