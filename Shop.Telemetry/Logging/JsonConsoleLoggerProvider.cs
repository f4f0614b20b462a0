using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Tracing;

namespace Shop.Telemetry.Logging;

/// <summary>The console for machines. It follows the settings of .NET's own (<c>Logging:Console</c>), whose place it takes.</summary>
[ProviderAlias("Console")]
internal sealed class JsonConsoleLoggerProvider : ILoggerProvider, ISupportExternalScope
{
    public const string FormatterName = "json-lines";

    private readonly JsonLineFormatter _json;
    private readonly BatchingConsoleWriter _lines;
    private IExternalScopeProvider? _scopes;

    public JsonConsoleLoggerProvider(IHostEnvironment host, IOptions<ConsoleLoggerOptions> options, ConsoleOutput output)
    {
        _json = new JsonLineFormatter(host.ServiceName());
        _lines = new BatchingConsoleWriter(
            output.Stream, options.Value.MaxQueueLength, options.Value.QueueFullMode is ConsoleLoggerQueueFullMode.DropWrite,
            new JsonConsoleLogger(typeof(JsonConsoleLoggerProvider).FullName!, this).LinesDropped);
    }

    public ILogger CreateLogger(string categoryName) => new JsonConsoleLogger(categoryName, this);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose() => _lines.Dispose();

    private sealed class JsonConsoleLogger(string category, JsonConsoleLoggerProvider console) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => console._scopes?.Push(state);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            console._lines.Add(console._json.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), console._scopes));
    }
}

/// <summary>Where the console's lines go.</summary>
internal sealed record ConsoleOutput(Stream Stream);
