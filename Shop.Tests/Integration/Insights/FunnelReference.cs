using Shop.Insights.Events;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;

namespace Shop.Tests.Integration.Insights;

/// <summary>The funnel of a list of events, computed event by event. It shares no code with the SQL.</summary>
internal static class FunnelReference
{
    public sealed record Step(long Count, double? MedianSeconds, double? P90Seconds);

    public static IReadOnlyDictionary<string, IReadOnlyList<Step>> Compute(FunnelQuery query, IEnumerable<StoredEvent> events)
    {
        var times = new Dictionary<string, List<List<double>>>();
        var counts = new Dictionary<string, long[]>();
        foreach (var (unit, reached) in ListUnits(query, events))
        {
            var group = query.Breakdown is { } by ? GetValue(query, unit, by) ?? "" : "";
            if (!counts.TryGetValue(group, out var count))
            {
                counts[group] = count = new long[query.Steps.Count];
                times[group] = [.. query.Steps.Select(_ => new List<double>())];
            }

            for (var step = 0; step < reached.Count; step++)
            {
                count[step]++;
                if (step > 0)
                {
                    times[group][step].Add(Math.Max(0, (reached[step].Time - reached[step - 1].Time).TotalSeconds));
                }
            }
        }

        return counts.ToDictionary(
            group => group.Key,
            group => (IReadOnlyList<Step>)[.. group.Value.Select((count, step) =>
                new Step(count, Percentile(times[group.Key][step], 0.5), Percentile(times[group.Key][step], 0.9)))]);
    }

    /// <summary>Returns the events of each unit that enters, and the one by which it reached each step.</summary>
    public static IEnumerable<(List<StoredEvent> Events, List<StoredEvent> Reached)> ListUnits(
        FunnelQuery query, IEnumerable<StoredEvent> events)
    {
        var (from, to) = (query.Scope.From, query.Scope.To);
        var units = events
            .Where(e => query.Scope.IncludesSynthetic || !e.Synthetic)
            .Where(e => e.Time >= from && e.Time < to + query.Window)
            .GroupBy(e => query.Scope.Unit is EventUnit.Session ? e.SessionId : e.JourneyId)
            .Where(unit => unit.Key is not null)
            .Select(unit => unit.OrderBy(e => e.Time).ThenBy(e => e.Sequence).ToList());
        foreach (var unit in units)
        {
            var entered = unit.FindIndex(e => e.Time < to && Matches(query.Steps[0], e));
            if (entered < 0 || query.Scope.Filters.Any(filter => GetValue(query, unit, filter.Key) != filter.Value))
            {
                continue;
            }

            yield return (unit, query.Order switch
            {
                StepOrder.Ordered => Walk(query, unit, entered, strict: false),
                StepOrder.Strict => Walk(query, unit, entered, strict: true),
                _ => Collect(query, unit, entered),
            });
        }
    }

    private static List<StoredEvent> Walk(FunnelQuery query, List<StoredEvent> unit, int entered, bool strict)
    {
        var reached = new List<int> { entered };
        while (reached.Count < query.Steps.Count)
        {
            var next = unit.FindIndex(e => Matches(query.Steps[reached.Count], e)
                && reached.TrueForAll(step => MayFollow(unit, step, unit.IndexOf(e)))
                && e.Time - unit[entered].Time <= query.Window);
            if (next < 0 || (strict && Enumerable.Range(0, next).Any(between => between > reached.Max() && IsAnotherStep(unit[between]))))
            {
                break;
            }

            reached.Add(next);
        }

        return [.. reached.Select(index => unit[index])];

        bool IsAnotherStep(StoredEvent e) => !Matches(query.Steps[reached.Count], e) && !Matches(query.Steps[reached.Count - 1], e)
            && query.Steps.Any(step => Matches(step, e));
    }

    private static List<StoredEvent> Collect(FunnelQuery query, List<StoredEvent> unit, int entered)
    {
        var first = unit[entered];
        var others = query.Steps.Skip(1)
            .Select(step => unit.Find(e =>
                Matches(step, e) && MayFollow(unit, entered, unit.IndexOf(e)) && e.Time - first.Time <= query.Window))
            .OfType<StoredEvent>();
        return [first, .. others.OrderBy(e => e.Time).ThenBy(e => e.Sequence)];
    }

    // Events of different types within a second have no order.
    private static bool MayFollow(List<StoredEvent> unit, int first, int second) => unit[first].Name == unit[second].Name
        ? second > first
        : unit[first].Time - unit[second].Time <= TimeSpan.FromSeconds(1);

    private static string? GetValue(FunnelQuery query, List<StoredEvent> unit, EventDimension dimension) => unit
        .Where(e => e.Name == "page.viewed" || query.Steps.Any(step => step.Event == e.Name))
        .Select(e => dimension switch
        {
            EventDimension.Segment => e.Segment,
            EventDimension.Source => e.Source,
            EventDimension.Device => e.Device,
            _ => e.Experiment is null || e.Variant is null ? null : $"{e.Experiment}:{e.Variant}",
        })
        .FirstOrDefault(value => value is not null);

    private static bool Matches(FunnelStep step, StoredEvent e) => step.Event == e.Name && step.Properties.All(property =>
        property.Key == "shop.page.path"
            ? e.PagePath == property.Value
            : e.Properties.Contains($"\"{property.Value}\"", StringComparison.Ordinal));

    private static double? Percentile(List<double> values, double share)
    {
        if (values.Count == 0)
        {
            return null;
        }

        values.Sort();
        var index = share * (values.Count - 1);
        var (low, high) = ((int)Math.Floor(index), (int)Math.Ceiling(index));
        return values[low] + ((values[high] - values[low]) * (index - low));
    }
}
