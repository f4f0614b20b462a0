using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Shop.Contracts.Journeys;
using Shop.Telemetry.Journeys;

namespace Shop.Tests.Support;

/// <summary>A journey event that a host has emitted.</summary>
/// <param name="Name">Name of the event.</param>
/// <param name="Fields">Fields of the event by their attribute names.</param>
/// <param name="TraceId">The trace that it was emitted in.</param>
/// <param name="SessionId">The session that it was emitted in.</param>
/// <param name="PageFrom">The page that the visitor came from.</param>
/// <param name="JourneyId">The journey that it was emitted in.</param>
/// <param name="SyntheticType">The category of the traffic that no person causes.</param>
internal sealed record RecordedEvent(
    string Name,
    IReadOnlyDictionary<string, object?> Fields,
    string? TraceId,
    string? SessionId,
    string? PageFrom,
    string? JourneyId,
    string? SyntheticType);

/// <summary>Records the journey events of a host, with their trace and session.</summary>
internal sealed class RecordedEvents : ILoggerProvider
{
    private readonly ConcurrentQueue<RecordedEvent> _events = [];

    public IReadOnlyList<RecordedEvent> All => [.. _events];

    public IReadOnlyList<RecordedEvent> Of(string name) => [.. _events.Where(recorded => recorded.Name == name)];

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName == "Shop.Journey" ? this : null);

    public void Dispose()
    {
    }

    private sealed class Logger(RecordedEvents? owner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => owner is not null;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is IReadOnlyList<KeyValuePair<string, object?>> fields)
            {
                owner?._events.Enqueue(new(
                    eventId.Name!,
                    fields.ToDictionary(field => field.Key, field => field.Value),
                    Activity.Current?.TraceId.ToHexString(),
                    JourneyContext.Current.SessionId,
                    JourneyContext.Current.PageFrom,
                    JourneyContext.Current.JourneyId,
                    JourneyContext.Current.GetValue(ShopJourneyKeys.SyntheticType)));
            }
        }
    }
}
