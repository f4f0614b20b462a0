using System.Text.Json;
using Shop.Insights.Causes;
using Shop.Insights.Events;

namespace Shop.Tests.Integration.Insights;

/// <summary>A second implementation of correlations, which walks through the events of each unit. It shares no code with the SQL.</summary>
internal static class CorrelationReference
{
    private const string Status = "http.response.status_code";

    public static Result Compute(CauseQuery query, IEnumerable<StoredEvent> events)
    {
        var (lost, reached, found) = (0, 0, new Dictionary<(string?, string?, string?), Counts>());
        foreach (var (unit, steps) in FunnelReference.ListUnits(query.Funnel, events))
        {
            if (steps.Count < query.Step - 1)
            {
                continue;
            }

            var isLost = steps.Count < query.Step;
            (lost, reached) = isLost ? (lost + 1, reached) : (lost, reached + 1);
            var last = steps[query.Step - 2];
            var before = unit.Where(e => e == last || last.Time - e.Time > TimeSpan.FromSeconds(1));
            foreach (var feature in before.SelectMany(GetFeatures).Distinct())
            {
                var counts = found.GetValueOrDefault(feature) ?? new(0, 0);
                found[feature] = isLost ? counts with { Lost = counts.Lost + 1 } : counts with { Reached = counts.Reached + 1 };
            }
        }

        return new(lost, reached, lost == 0 || reached == 0 ? [] : found.Where(IsCompared).ToDictionary());

        // Some have it and some do not, and a value is not that of all units with the event.
        bool IsCompared(KeyValuePair<(string? Event, string? Property, string? Value), Counts> pair) =>
            pair.Value.Lost + pair.Value.Reached < lost + reached
            && (pair.Key.Event is null || pair.Key.Property is null || pair.Value != found[(pair.Key.Event, null, null)]);
    }

    private static IEnumerable<(string? Event, string? Property, string? Value)> GetFeatures(StoredEvent e)
    {
        yield return (e.Name, null, null);
        var status = JsonDocument.Parse(e.Properties).RootElement.TryGetProperty(Status, out var number) ? number.ToString() : null;
        (string?, string, string?)[] values =
        [
            (e.Name, "shop.page.path", e.PagePath),
            (e.Name, Status, status),
            (null, "segment", e.Segment), (null, "source", e.Source), (null, "device", e.Device),
            (null, "variant", e.Experiment is null || e.Variant is null ? null : $"{e.Experiment}:{e.Variant}"),
        ];
        foreach (var value in values.Where(value => value.Item3 is not null))
        {
            yield return value;
        }
    }

    /// <param name="Lost">The number of units that reached the step before and not this one.</param>
    /// <param name="Reached">The number of units that reached the step.</param>
    /// <param name="Found">The numbers of both kinds that had an event or value.</param>
    public sealed record Result(
        int Lost, int Reached, IReadOnlyDictionary<(string? Event, string? Property, string? Value), Counts> Found);

    public sealed record Counts(long Lost, long Reached);
}
