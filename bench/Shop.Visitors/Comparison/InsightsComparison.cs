using System.Globalization;
using System.Net.Http.Json;
using Shop.Visitors.Truth;

namespace Shop.Visitors.Comparison;

/// <summary>
/// Compares the figures of Insights with the truth of a run. All figures are equal, if no visit has failed. A visit that failed may have
/// done something that it does not know of, so figures may differ by the number of these visits. The share of a cause may also differ
/// within its interval: a service that was slow by itself is a cause too.
/// </summary>
/// <param name="insights">A client of Insights with a token of staff.</param>
/// <param name="truth">The truth. Nobody else has visited the shop in the time of the run.</param>
/// <param name="hasSpans">Whether Insights has the spans of the run, without which it knows no causes.</param>
internal sealed class InsightsComparison(HttpClient insights, RunTruth truth, bool hasSpans = true)
{
    private const string NoFurtherAction = "no further action";
    private const string NoCause = "none";
    private const int PathSteps = 8;

    // A page that is left reports two web vitals.
    private const int EventsOfResponse = 2;

    // The steps of a funnel by default, and the step that the faults keep visitors from.
    private const int CheckoutStep = 4;

    private static readonly string[] _steps =
        ["page.viewed", "product.viewed", "cart.line_added", "checkout.submitted", "payment.accepted"];

    private static readonly TimeSpan _pollInterval = TimeSpan.FromSeconds(1);

    // What happens after the last response to a visitor, such as the end of the order in other services.
    private static readonly TimeSpan _end = TimeSpan.FromMinutes(1);

    private readonly int _failed = truth.Failures.Select(failure => failure.Visit).Distinct().Count();
    private readonly List<string> _differences = [];

    /// <summary>Gets the number of figures that were compared.</summary>
    public int Compared { get; private set; }

    /// <summary>
    /// Compares until there is no difference, because events and spans are stored some time later, and returns the differences.
    /// </summary>
    /// <param name="timeout">The time after which the differences are returned.</param>
    /// <param name="cancellationToken">Cancels the comparison.</param>
    public async Task<IReadOnlyList<string>> CompareAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await CompareAsync(cancellationToken);
            if (_differences.Count == 0 || TimeProvider.System.GetElapsedTime(started) > timeout)
            {
                return _differences;
            }

            await Task.Delay(_pollInterval, cancellationToken);
        }
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        _differences.Clear();
        Compared = 0;
        if (truth.Sessions.Any(session => session.SessionId.Length == 0))
        {
            _differences.Add("The sessions have no ids: start the storefront with SyntheticVisitors:Enabled.");
            return;
        }

        await CompareEventsAsync(cancellationToken);
        await CompareFunnelAsync("segment", session => session.FirstSegment, cancellationToken);
        await CompareFunnelAsync("variant", session => session.FirstVariant, cancellationToken);
        await CompareFunnelAsync("source", session => session.Source, cancellationToken);
        await CompareFunnelAsync("device", session => session.Device, cancellationToken);
        await ComparePathsAsync("", session => session.Pages, cancellationToken);
        await ComparePathsAsync("&start=/cart", session => session.Pages.SkipWhile(page => page != "/cart"), cancellationToken);
        await ComparePathsAsync(
            "&end=/checkout", session => session.Pages.Reverse().SkipWhile(page => page != "/checkout"), cancellationToken);
        await CompareJumpsAsync(cancellationToken);
        for (var step = 2; hasSpans && step <= _steps.Length; step++)
        {
            await CompareCausesAsync(step, cancellationToken);
        }
    }

    /// <summary>Every event is stored once and has its ids.</summary>
    private async Task CompareEventsAsync(CancellationToken cancellationToken)
    {
        // Those of simulated visitors are the difference to those of the others.
        var all = await GetAsync<QualityAnswer>("quality", "", truth.EndedAt + _end, cancellationToken);
        var others = await GetAsync<QualityAnswer>("quality", "&synthetic=false", truth.EndedAt + _end, cancellationToken);
        var othersByName = others.Events.ToDictionary(row => (row.Service, row.Name));
        var stored = all.Events
            .Select(row => (All: row, Others: othersByName.GetValueOrDefault((row.Service, row.Name))))
            .ToLookup(row => row.All.Name);
        foreach (var (name, count) in truth.Events)
        {
            Expect($"events {name}", count, Count(name, _ => 1), EventsOfResponse);
            Expect($"events {name} with a session", count, Count(name, row => row.Session), EventsOfResponse);
            Expect($"events {name} with a journey", count, Count(name, row => row.Journey), EventsOfResponse);
            Expect($"events {name} with a request", count, Count(name, row => row.Request), EventsOfResponse);
            Expect($"events {name} with a trace", count, Count(name, row => row.Trace), EventsOfResponse);
        }

        foreach (var row in all.Events.Where(row => row.Experiment is not null))
        {
            ExpectSame($"share of {row.Service} {row.Name} with an experiment after an exposure", 1, row.Experiment!.Value);
        }

        long Count(string name, Func<EventAnswer, double> getShare) => stored[name].Sum(row =>
            GetCount(row.All, getShare) - (row.Others is null ? 0 : GetCount(row.Others, getShare)));

        static long GetCount(EventAnswer row, Func<EventAnswer, double> getShare) => (long)Math.Round(row.Count * getShare(row));
    }

    private async Task CompareFunnelAsync(string by, Func<SessionTruth, string> getValue, CancellationToken cancellationToken)
    {
        var funnel = await GetAsync<FunnelAnswer>("funnel", $"&by={by}", truth.EndedAt, cancellationToken);
        CompareSteps("funnel", truth.Sessions, funnel.Steps);
        var groups = funnel.Groups.ToDictionary(group => group.Value ?? "", group => group.Steps);
        var expected = truth.Sessions.ToLookup(getValue);
        foreach (var value in expected.Select(group => group.Key).Union(groups.Keys))
        {
            CompareSteps($"funnel of {by} '{value}'", expected[value], groups.GetValueOrDefault(value));
        }
    }

    private void CompareSteps(string name, IEnumerable<SessionTruth> sessions, IReadOnlyList<StepAnswer>? steps)
    {
        var reached = sessions.ToList();
        var entered = steps?[0].Count ?? 0;
        foreach (var (step, index) in _steps.Select((step, index) => (step, index)))
        {
            reached.RemoveAll(session => !session.Events.ContainsKey(step));
            var actual = steps?[index] ?? new StepAnswer(0, 0, 0, 0);
            Expect($"{name}, {step}", reached.Count, actual.Count);

            // The shares are those of the counts.
            var before = index == 0 ? entered : steps?[index - 1].Count ?? 0;
            ExpectSame($"{name}, {step}: share of all", entered == 0 ? 0 : (double)actual.Count / entered, actual.Overall);
            ExpectSame($"{name}, {step}: share of the step before", before == 0 ? 0 : (double)actual.Count / before, actual.Conversion);
            ExpectSame($"{name}, {step}: lost", before - actual.Count, actual.Lost);
        }
    }

    private async Task ComparePathsAsync(
        string anchor, Func<SessionTruth, IEnumerable<string>> getPages, CancellationToken cancellationToken)
    {
        var paths = await GetAsync<PathAnswer>(
            "paths", string.Create(CultureInfo.InvariantCulture, $"&steps={PathSteps}&top=12{anchor}"), truth.EndedAt, cancellationToken);
        var expected = new Dictionary<(int Step, string From, string To), long>();
        var units = 0;
        foreach (var session in truth.Sessions)
        {
            var path = WithoutRepeats(getPages(session)).ToList();
            units += path.Count > 0 ? 1 : 0;
            for (var step = 1; step < PathSteps && step <= path.Count; step++)
            {
                var link = (step, path[step - 1], step < path.Count ? path[step] : NoFurtherAction);
                expected[link] = expected.GetValueOrDefault(link) + 1;
            }
        }

        var actual = paths.Links.ToDictionary(link => (link.Step, link.From, link.To), link => link.Count);
        Expect($"paths{anchor}", units, paths.Units);
        foreach (var link in expected.Keys.Union(actual.Keys))
        {
            Expect($"paths{anchor}, {link}", expected.GetValueOrDefault(link), actual.GetValueOrDefault(link));
        }

        static IEnumerable<string> WithoutRepeats(IEnumerable<string> pages)
        {
            string? last = null;
            foreach (var page in pages.Where(page => page != last))
            {
                yield return last = page;
            }
        }
    }

    private async Task CompareJumpsAsync(CancellationToken cancellationToken)
    {
        var jumps = await GetAsync<JumpAnswer>("jumps", "", truth.EndedAt, cancellationToken);
        var minutes = (jumps.To - jumps.From).TotalMinutes;
        var actual = jumps.Pairs.ToDictionary(pair => (pair.From, pair.To, Status: pair.Status ?? 0));
        var expected = truth.Jumps.ToDictionary(jump => (jump.From, jump.To, jump.Status));
        Expect("jumps", truth.Jumps.Sum(jump => jump.Reached + jump.Lost), jumps.Count);
        foreach (var key in expected.Keys.Union(actual.Keys))
        {
            var (jump, pair) = (expected.GetValueOrDefault(key), actual.GetValueOrDefault(key));
            var count = (jump?.Reached ?? 0) + (jump?.Lost ?? 0);
            // Nobody can tell for a target that is no route.
            var isKnown = key.To is not ("other" or "external");
            Expect($"jumps {key}", count, pair?.Count ?? 0);
            Expect($"jumps {key}: reached", isKnown ? jump?.Reached ?? 0 : 0, pair?.Reached ?? 0);
            Expect($"jumps {key}: not seen", isKnown ? jump?.Lost ?? 0 : 0, pair?.NotSeen ?? 0);
            Expect($"jumps {key}: unknown", isKnown ? 0 : count, pair?.Unknown ?? 0);
            ExpectSame($"jumps {key}: per minute", (pair?.Count ?? 0) / minutes, pair?.PerMinute ?? 0);
        }
    }

    private async Task CompareCausesAsync(int step, CancellationToken cancellationToken)
    {
        var answer = await GetAsync<CauseAnswer>(
            "causes", string.Create(CultureInfo.InvariantCulture, $"&step={step}"), truth.EndedAt, cancellationToken);
        var lost = truth.Sessions
            .Where(session => _steps.Take(step - 1).All(session.Events.ContainsKey) && !session.Events.ContainsKey(_steps[step - 1]))
            .Select(session => session.SessionId)
            .ToList();
        // All faults happen after a product was added.
        var faults = step == CheckoutStep ? truth.Faults.ToDictionary(fault => fault.SessionId) : [];
        var expected = lost.CountBy(session => faults.GetValueOrDefault(session)?.Cause ?? NoCause).ToDictionary();
        Expect($"lost before step {step}", lost.Count, answer.Lost);
        var actual = answer.Causes.ToDictionary(cause => cause.Name);
        foreach (var cause in expected.Keys.Union(actual.Keys))
        {
            var (count, found) = (expected.GetValueOrDefault(cause), actual.GetValueOrDefault(cause));
            var share = (double)count / Math.Max(1, lost.Count);
            Compared++;
            if (Math.Abs(count - (found?.Count ?? 0)) > _failed && (found is null || share < found.Low || share > found.High))
            {
                _differences.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"cause {cause} before step {step}: {count} of {lost.Count}, but {found?.Count ?? 0} of {answer.Lost} in Insights"));
            }

            if (found is not null && count > 0 && cause != NoCause)
            {
                // An example leads to the trace of the fault.
                Compared++;
                if (!found.Examples.Any(example =>
                    faults.TryGetValue(example.SessionId ?? "", out var fault) && (fault.Cause, fault.TraceId) == (cause, example.TraceId)))
                {
                    _differences.Add($"cause {cause} before step {step}: no example is the trace of a fault of the run");
                }
            }
        }
    }

    private async Task<T> GetAsync<T>(string question, string fields, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var synthetic = fields.Contains("synthetic=", StringComparison.Ordinal) ? "" : "&synthetic=true";
        var range = string.Create(CultureInfo.InvariantCulture, $"from={truth.StartedAt.UtcDateTime:O}&to={to.UtcDateTime:O}");
        var address = $"/api/v1/{question}?{range}{synthetic}{fields}";
        return await insights.GetFromJsonAsync<T>(address, cancellationToken)
            ?? throw new InvalidOperationException($"{address} has no content.");
    }

    private void Expect(string figure, long expected, long actual, int perFailure = 1)
    {
        Compared++;
        if (Math.Abs(expected - actual) > _failed * perFailure)
        {
            _differences.Add($"{figure}: {expected}, but {actual} in Insights");
        }
    }

    private void ExpectSame(string figure, double expected, double actual)
    {
        Compared++;
        if (Math.Abs(expected - actual) > 1e-9 * Math.Max(1, Math.Abs(expected)))
        {
            _differences.Add(string.Create(CultureInfo.InvariantCulture, $"{figure}: {expected}, but {actual} in Insights"));
        }
    }
}
