using OpenTelemetry;
using Shop.Insights.Events;
using Shop.Telemetry.Hosting;

namespace Shop.Insights.Alerts;

/// <summary>Evaluates alerts every few seconds.</summary>
internal sealed class AlertWorker(
    AlertEvaluator evaluator,
    EventConsumer consumer,
    EventFreshness freshness,
    TimeProvider time,
    IHostEnvironment host,
    ILogger<AlertWorker> log) : PeriodicWorker(JumpWindows.Step, time, host)
{
    // An event is stored within a second after it happened, unless something is wrong.
    private static readonly TimeSpan _delay = TimeSpan.FromSeconds(2);

    // After this time without a new event, there are none to wait for.
    private static readonly TimeSpan _idleTime = TimeSpan.FromSeconds(15);

    private DateTimeOffset? _consumingSince;

    /// <summary>
    /// Returns the time up to which all events have arrived. After an outage, events of the past arrive first, and are evaluated as if they
    /// had arrived in time.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="consumingSince">Since when events are stored as they arrive.</param>
    /// <param name="newest">The time of the newest event; null if there is none.</param>
    /// <param name="storedAt">When an event was stored last; null if none was.</param>
    internal static DateTimeOffset GetEnd(
        DateTimeOffset now, DateTimeOffset consumingSince, DateTimeOffset? newest, DateTimeOffset? storedAt)
    {
        var isIdle = now - consumingSince > _idleTime && (storedAt is null || now - storedAt > _idleTime);
        var end = now - _delay;
        return isIdle || newest is null || newest > end ? end : newest.Value;
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        if (!consumer.IsWorking)
        {
            // Without events, a rate of 0 would end every alert.
            _consumingSince = null;
            return;
        }

        var now = Time.GetUtcNow();
        _consumingSince ??= now;
        var (newest, storedAt) = await freshness.GetStateAsync(cancellationToken);
        await evaluator.EvaluateAsync(GetEnd(now, _consumingSince.Value, newest, storedAt), cancellationToken);
    }

    protected override void OnError(Exception exception) => log.AlertEvaluationFailed(exception);
}
