using System.Collections.Concurrent;
using System.Data;
using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Insights.Alerts.Notifications;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Jumps;
using Shop.Insights.Statistics;

namespace Shop.Insights.Alerts;

/// <summary>
/// Compares the jumps of each minute with rules and baselines. The state is in the database, and one replica evaluates at a time, so an
/// alert survives restarts and begins once.
/// </summary>
internal sealed class AlertEvaluator(
    BackgroundConnections connections,
    IOptions<AlertOptions> options,
    IOptions<EventOptions> events,
    TimeProvider time,
    ILogger<AlertEvaluator> log)
{
    /// <summary>The name of the rule of baselines.</summary>
    public const string BaselineRule = "unusual_rate";

    /// <summary>
    /// The time of windows that were missed while no replica ran and are evaluated later. Older ones are history, and not worth an alert.
    /// </summary>
    public static readonly TimeSpan MaxCatchUp = TimeSpan.FromMinutes(15);

    // A baseline is computed again after this time. It excludes the minutes since, which may be part of the incident.
    private static readonly TimeSpan _baselineLifetime = TimeSpan.FromMinutes(5);

    private const int MaxBaselines = 1000;

    private readonly ConcurrentDictionary<JumpRoute, (RobustBaseline? Baseline, DateTimeOffset At)> _baselines = new();

    /// <summary>Evaluates the windows that have ended since the last evaluation.</summary>
    /// <param name="until">The end of the last window. Events of later times may still arrive.</param>
    /// <param name="cancellationToken">Cancels the evaluation.</param>
    /// <returns>The number of alerts that are pending or firing; null if another replica evaluates at the moment.</returns>
    public async Task<int?> EvaluateAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginQueryAsync(cancellationToken);
        var store = new AlertStore(connection, time, log);
        if (!await connection.TryLockAsync(AdvisoryLocks.Alerts, cancellationToken))
        {
            return null;
        }

        var open = (await store.ListOpenAsync(cancellationToken)).ToDictionary(alert => (alert.Rule, alert.Subject));
        var last = JumpWindows.GetStep(until);
        var first = await store.GetEvaluatedUntilAsync(cancellationToken) is { } evaluated
            ? Math.Max(JumpWindows.GetStep(evaluated) + 1, last - (long)(MaxCatchUp / JumpWindows.Step))
            : last;
        if (first > last)
        {
            return open.Count;
        }

        var jumps = new JumpHistory(connection, options.Value.IncludeSynthetic);
        var run = new Run(
            transaction,
            store,
            jumps,
            open,
            await jumps.GetWindowsAsync(JumpWindows.GetEnd(first) - JumpWindows.Window, JumpWindows.GetEnd(last), cancellationToken));
        for (var step = first; step <= last; step++)
        {
            await EvaluateAsync(run, step, cancellationToken);
        }

        foreach (var alert in run.Open.Values)
        {
            await store.SaveAsync(alert, cancellationToken);
        }

        await store.SetEvaluatedUntilAsync(JumpWindows.GetEnd(last), cancellationToken);
        await store.DeleteResolvedBeforeAsync(time.GetUtcNow() - events.Value.Retention, cancellationToken);
        await store.CommitAsync(transaction, cancellationToken);
        return open.Count;
    }

    private async Task EvaluateAsync(Run run, long step, CancellationToken cancellationToken)
    {
        var (at, window) = (JumpWindows.GetEnd(step), run.Windows.GetWindow(step));
        var measured = new HashSet<(string, string)>();
        foreach (var (name, rule) in options.Value.Rules.Where(rule => rule.Value.Enabled))
        {
            var routes = window.Keys.Where(route => rule.Matches(route.From, route.To)).ToList();
            var limits = new AlertLimits(rule.Threshold, rule.ResolveBelow ?? rule.Threshold * 0.8, rule.For);
            var value = routes.Sum(route => window[route]);
            var measure = new Measure(
                name, new JumpRoute(rule.From, rule.To).ToString(), value, limits, rule.Severity, rule.Summary ?? $"Rule {name}",
                Text($"{value} jumps within a minute. The threshold is {limits.Threshold}. The alert ends below {limits.ResolveBelow}."),
                routes);
            await ApplyAsync(run, measure, at, cancellationToken);
            measured.Add((name, measure.Subject));
        }

        if (options.Value.Baseline.Enabled)
        {
            var open = run.Open.Values.Where(alert => alert.Rule == BaselineRule).Select(alert => alert.Subject).ToHashSet();
            foreach (var (route, count) in window.Where(pair => pair.Value > options.Value.Baseline.MinCount && !HasRule(pair.Key)))
            {
                await ApplyBaselineAsync(run, route, count, at, cancellationToken);
                measured.Add((BaselineRule, route.ToString()));
            }

            // Those that are below the minimum again.
            foreach (var subject in open.Where(subject => !measured.Contains((BaselineRule, subject))))
            {
                var alert = run.Open[(BaselineRule, subject)];
                var value = window.Where(pair => pair.Key.ToString() == subject).Sum(pair => pair.Value);
                await ApplyAsync(run, Repeat(alert, value), at, cancellationToken);
                measured.Add((BaselineRule, subject));
            }
        }

        // Those whose rule is gone.
        foreach (var alert in run.Open.Values.Where(alert => !measured.Contains((alert.Rule, alert.Subject))).ToList())
        {
            await ApplyAsync(run, Repeat(alert, 0), at, cancellationToken);
        }
    }

    private async Task ApplyBaselineAsync(Run run, JumpRoute route, int count, DateTimeOffset at, CancellationToken cancellationToken)
    {
        // While an alert is open, its limits stay, so that the trouble does not become usual.
        if (run.Open.TryGetValue((BaselineRule, route.ToString()), out var alert))
        {
            await ApplyAsync(run, Repeat(alert, count) with { Routes = [route] }, at, cancellationToken);
            return;
        }

        if (await GetBaselineAsync(run, route, at, cancellationToken) is not { } baseline)
        {
            return;
        }

        var settings = options.Value.Baseline;
        var limits = new AlertLimits(
            Math.Max(settings.MinCount, baseline.GetLimit(settings.Deviations)), baseline.GetLimit(settings.Deviations / 2), settings.For);
        await ApplyAsync(
            run,
            new(
                BaselineRule, route.ToString(), count, limits, AlertSeverity.Warning,
                $"Unusually many jumps from {route.From} to {route.To}",
                Text($"{count} jumps within a minute. The median of {baseline.Minutes} minutes is {baseline.Median:0.#}, ")
                + Text($"the standard deviation {baseline.Deviation:0.#}, and the limit {limits.Threshold:0.#}. ")
                + Text($"The alert ends below {limits.ResolveBelow:0.#}."),
                [route]),
            at,
            cancellationToken);
    }

    private async Task<RobustBaseline?> GetBaselineAsync(
        Run run, JumpRoute route, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (_baselines.TryGetValue(route, out var known) && (at - known.At).Duration() < _baselineLifetime)
        {
            return known.Baseline;
        }

        if (run.HasFailedBaseline)
        {
            return null;
        }

        if (_baselines.Count > MaxBaselines)
        {
            _baselines.Clear();
        }

        var to = at - _baselineLifetime;
        RobustBaseline? baseline = null;
        await run.Transaction.SaveAsync(BaselineRule, cancellationToken);
        try
        {
            baseline = await run.Jumps.GetBaselineAsync(route, to - options.Value.Baseline.History, to, cancellationToken);
        }
        catch (NpgsqlException exception) when (run.Transaction.Connection?.State is ConnectionState.Open)
        {
            // Rules need no baselines, and are evaluated. Those of other pairs read as much, and are computed in a later run.
            await run.Transaction.RollbackAsync(BaselineRule, cancellationToken);
            run.HasFailedBaseline = true;
            log.BaselineFailed(route.ToString(), exception);
        }

        _baselines[route] = (baseline, at);
        return baseline;
    }

    private async Task ApplyAsync(Run run, Measure measure, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var key = (measure.Rule, measure.Subject);
        var alert = run.Open.GetValueOrDefault(key);
        var next = (alert?.Status ?? new(AlertState.Inactive, at)).Next(measure.Limits, measure.Value, at);
        if (next.State is AlertState.Inactive)
        {
            if (alert is not null)
            {
                run.Open.Remove(key);
                await run.Store.DeleteAsync(alert.Id, cancellationToken);
            }

            return;
        }

        alert ??= run.Open[key] = Create(measure, next.State, at);
        alert.SetValue(measure.Value);
        (alert.Limits, alert.Severity, alert.Summary) = (measure.Limits, measure.Severity, measure.Summary);
        if (next.State is AlertState.Firing && alert.FiredAt is null)
        {
            alert.Explanation = measure.Explanation;
            alert.TraceIds = await run.Jumps.GetTracesAsync(measure.Routes, at - JumpWindows.Window, at, cancellationToken);
            await run.Store.FireAsync(alert, at, NotificationChannels.List(options.Value), cancellationToken);
        }
        else if (next.State is AlertState.Resolved)
        {
            run.Open.Remove(key);
            await run.Store.ResolveAsync(alert, at, cancellationToken);
        }
    }

    private bool HasRule(JumpRoute route) =>
        options.Value.Rules.Values.Any(rule => rule.Enabled && rule.Matches(route.From, route.To));

    private static Alert Create(Measure measure, AlertState state, DateTimeOffset at) => new()
    {
        Id = Guid.CreateVersion7(at),
        Rule = measure.Rule,
        Subject = measure.Subject,
        State = state,
        Severity = measure.Severity,
        Summary = measure.Summary,
        Explanation = measure.Explanation,
        Limits = measure.Limits,
        Value = measure.Value,
        Peak = measure.Value,
        PendingAt = at,
    };

    private static Measure Repeat(Alert alert, double value) =>
        new(alert.Rule, alert.Subject, value, alert.Limits, alert.Severity, alert.Summary, alert.Explanation, []);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Measure(
        string Rule,
        string Subject,
        double Value,
        AlertLimits Limits,
        AlertSeverity Severity,
        string Summary,
        string Explanation,
        IReadOnlyCollection<JumpRoute> Routes);

    private sealed record Run(
        NpgsqlTransaction Transaction,
        AlertStore Store,
        JumpHistory Jumps,
        Dictionary<(string Rule, string Subject), Alert> Open,
        JumpWindows Windows)
    {
        public bool HasFailedBaseline { get; set; }
    }
}
