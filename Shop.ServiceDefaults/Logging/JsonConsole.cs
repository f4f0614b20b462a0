using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Shop.ServiceDefaults.Tracing;

namespace Shop.ServiceDefaults.Logging;

/// <summary>The console for machines. It follows the settings of .NET's own (<c>Logging:Console</c>), whose place it takes.</summary>
[ProviderAlias("Console")]
internal sealed class JsonConsole : ILoggerProvider, ISupportExternalScope
{
    public const string FormatterName = "json-lines";

    private readonly JsonLines _json;
    private readonly ConsoleLines _lines;
    private IExternalScopeProvider? _scopes;

    public JsonConsole(IHostEnvironment host, IOptions<ConsoleLoggerOptions> options, ConsoleOutput output)
    {
        _json = new JsonLines(host.ServiceName());
        _lines = new ConsoleLines(
            output.Stream, options.Value.MaxQueueLength, options.Value.QueueFullMode is ConsoleLoggerQueueFullMode.DropWrite,
            new Speaker(typeof(JsonConsole).FullName!, this).LinesDropped);
    }

    public ILogger CreateLogger(string categoryName) => new Speaker(categoryName, this);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose() => _lines.Dispose();

    private sealed class Speaker(string category, JsonConsole console) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => console._scopes?.Push(state);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            console._lines.Add(console._json.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), console._scopes));
    }
}

/// <summary>Where the console's lines go.</summary>
internal sealed record ConsoleOutput(Stream Stream);
