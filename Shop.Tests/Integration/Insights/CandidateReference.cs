using System.Text.Json;
using Shop.Insights.CriticalRoutes;
using Shop.Insights.Events;
using Shop.Insights.Queries;

namespace Shop.Tests.Integration.Insights;

/// <summary>A second implementation of candidates, which walks through the events of each unit.</summary>
internal static class CandidateReference
{
    public static Result Compute(CandidateQuery query, IEnumerable<StoredEvent> events)
    {
        var scope = query.Scope;
        var units = events
            .Where(e => e.Time >= scope.From && e.Time < scope.To && (scope.IncludesSynthetic || !e.Synthetic) && GetUnit(e) is not null)
            .OrderBy(e => e.Position)
            .GroupBy(e => GetUnit(e)!)
            .Where(unit => !scope.Filters.TryGetValue(EventDimension.Segment, out var segment)
                || unit.FirstOrDefault(e => e.Name is "page.viewed" or "buy" && e.Segment is not null)?.Segment == segment)
            .ToList();
        var nodes = new Dictionary<(string Kind, string Name), Node>();
        var converted = 0;
        foreach (var unit in units)
        {
            var seen = new HashSet<(string, string)>();
            var isConverted = unit.Any(IsConversion);
            converted += isConverted ? 1 : 0;
            var ended = false;
            foreach (var e in unit)
            {
                ended |= IsConversion(e);
                var name = e.Name == "page.viewed" ? e.PagePath : e.Name;
                if (IsConversion(e) || name is null || (e.Name == "page.viewed" && !name.StartsWith('/')))
                {
                    continue;
                }

                (string Kind, string Name) node = (e.Name == "page.viewed" ? "page" : "event", name);
                var counts = nodes[node] = nodes.GetValueOrDefault(node) ?? new();
                counts.Events++;
                counts.Marked += JsonDocument.Parse(e.Properties).RootElement.TryGetProperty("shop.critical_route", out _) ? 1 : 0;
                if (!ended && seen.Add(node))
                {
                    (isConverted ? counts.Converted : counts.Lost).Add(unit.Key);
                }
            }
        }

        return new(units.Count, converted, nodes.Where(node => node.Value.Converted.Count + node.Value.Lost.Count > 0).ToDictionary());

        string? GetUnit(StoredEvent e) => scope.Unit is EventUnit.Session ? e.SessionId : e.JourneyId;

        bool IsConversion(StoredEvent e) =>
            e.Name == query.Conversion.Event && query.Conversion.Properties.All(property => property.Value == e.PagePath);
    }

    /// <param name="Units">The number of units.</param>
    /// <param name="Converted">The number of those with a conversion.</param>
    /// <param name="Nodes">The pages and events that a unit has before its conversion.</param>
    public sealed record Result(int Units, int Converted, IReadOnlyDictionary<(string Kind, string Name), Node> Nodes);

    public sealed class Node
    {
        public List<string> Converted { get; } = [];

        public List<string> Lost { get; } = [];

        public int Events { get; set; }

        public int Marked { get; set; }
    }
}
