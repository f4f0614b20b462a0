using OpenTelemetry;
using Shop.Insights.Events;
using Shop.Telemetry.Hosting;

namespace Shop.Insights.Alerts;

/// <summary>Evaluates alerts every few seconds while there are events, and looks for new ones otherwise.</summary>
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

    // Less than the time of windows that are evaluated later, so that none is left out. An evaluation also deletes old alerts.
    private static readonly TimeSpan _maxQuietTime = AlertEvaluator.MaxCatchUp - TimeSpan.FromMinutes(5);

    private DateTimeOffset? _consumingSince;

    // Since when the evaluation would change nothing, and the state of the events until which it would not.
    private (DateTimeOffset Since, (DateTimeOffset? Newest, DateTimeOffset? StoredAt) State)? _quiet;

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

    /// <summary>Returns whether an evaluation changes nothing until another event is stored.</summary>
    /// <param name="end">The end of the last evaluation.</param>
    /// <param name="newest">The time of the newest event before the evaluation; null if there was none.</param>
    /// <param name="open">The number of alerts that are pending or firing after the evaluation; null if another replica evaluated.</param>
    internal static bool IsQuiet(DateTimeOffset end, DateTimeOffset? newest, int? open) =>
        open == 0 && (newest is null || newest < JumpWindows.GetEnd(JumpWindows.GetStep(end)) - JumpWindows.Window);

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
        var state = await freshness.GetStateAsync(cancellationToken);
        if (_quiet is { } quiet && quiet.State == state && now - quiet.Since < _maxQuietTime)
        {
            return;
        }

        var end = GetEnd(now, _consumingSince.Value, state.Newest, state.StoredAt);
        var open = await evaluator.EvaluateAsync(end, cancellationToken);
        _quiet = IsQuiet(end, state.Newest, open) ? (now, state) : null;
    }

    protected override void OnError(Exception exception) => log.AlertEvaluationFailed(exception);
}
