using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceLoggerService</c>: console logs, from the process and from the AppHost.</summary>
public class ResourceLoggerService : IDisposable
{
    private readonly ConcurrentDictionary<string, ConsoleLog> _logs = new();
    private readonly CancellationTokenSource _disposing = new();

    public ILogger GetLogger(IResource resource) =>
        new ConsoleLogger([.. resource.GetResolvedResourceNames().Select(Log)]);

    public ILogger GetLogger(string resourceName) => new ConsoleLogger([Log(resourceName)]);

    /// <summary>What was said so far.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(IResource resource) =>
        resource.GetResolvedResourceNames().ToAsyncEnumerable().SelectMany(GetAllAsync);

    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName) =>
        AsyncEnumerable.Repeat(Log(resourceName).Snapshot(), 1);

    /// <summary>What was said so far, and what is said from now on.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource)
    {
        var names = resource.GetResolvedResourceNames();

        return names.Length == 1 ? WatchAsync(names[0]) : WatchAsync(names);
    }

    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName) => WatchAsync([resourceName]);

    public void Dispose()
    {
        _disposing.Cancel();
        GC.SuppressFinalize(this);
    }

    internal ConsoleLog Log(string resourceName) => _logs.GetOrAdd(resourceName, _ => new ConsoleLog());

    private async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(
        string[] resourceNames, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_disposing.Token, cancellationToken);
        var channel = Channel.CreateUnbounded<LogLine>(new() { SingleReader = true });
        foreach (var name in resourceNames)
        {
            Log(name).Subscribe(channel.Writer);
        }

        try
        {
            while (await channel.Reader.WaitToReadAsync(stop.Token))
            {
                var batch = new List<LogLine>();
                while (batch.Count < 1000 && channel.Reader.TryRead(out var line))
                {
                    batch.Add(line);
                }

                yield return batch;
            }
        }
        finally
        {
            foreach (var name in resourceNames)
            {
                Log(name).Unsubscribe(channel.Writer);
            }
        }
    }

    /// <summary>The last lines of one instance; kept here, because DCP drops them when the instance is restarted.</summary>
    internal sealed class ConsoleLog
    {
        private const int Capacity = 10_000;

        private readonly Lock _lock = new();
        private readonly Queue<LogLine> _lines = new();
        private ImmutableList<ChannelWriter<LogLine>> _subscribers = [];
        private int _lastNumber;

        public void Add(string content, bool isError)
        {
            lock (_lock)
            {
                var line = new LogLine(++_lastNumber, content, isError);
                _lines.Enqueue(line);
                if (_lines.Count > Capacity)
                {
                    _lines.Dequeue();
                }

                foreach (var subscriber in _subscribers)
                {
                    subscriber.TryWrite(line);
                }
            }
        }

        public IReadOnlyList<LogLine> Snapshot()
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }

        public void Subscribe(ChannelWriter<LogLine> subscriber)
        {
            lock (_lock)
            {
                foreach (var line in _lines)
                {
                    subscriber.TryWrite(line);
                }

                _subscribers = _subscribers.Add(subscriber);
            }
        }

        public void Unsubscribe(ChannelWriter<LogLine> subscriber)
        {
            lock (_lock)
            {
                _subscribers = _subscribers.Remove(subscriber);
            }
        }
    }

    private sealed class ConsoleLogger(ConsoleLog[] logs) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // The dashboard reads the time stamp in front of a line, shows it in its own column and sorts by it.
            var text = formatter(state, exception) + (exception is null ? "" : Environment.NewLine + exception);
            var content = $"{DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture)} {text}";
            foreach (var log in logs)
            {
                log.Add(content, logLevel >= LogLevel.Error);
            }
        }
    }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.LogLine</c>; the content starts with an RFC 3339 time stamp.</summary>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);
