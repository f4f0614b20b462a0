using Shop.Insights.Map;

namespace Shop.Insights.Pages;

/// <summary>
/// The columns of the nodes of a map: callers from outside at the left, and the others at the right of those that call them. Where calls
/// go in a circle, the fewest of them go to the left.
/// </summary>
internal static class MapColumns
{
    // A longer chain of calls ends in the last column: nobody reads a map of any width.
    private const int MaxColumns = 10;

    public static Dictionary<string, int> Find(ServiceMap map)
    {
        var kinds = map.Nodes.ToDictionary(node => node.Id, node => node.Kind);
        var called = map.Edges.Where(edge => kinds[edge.From] == MapNodeKinds.Service).Select(edge => edge.To).ToHashSet();
        // A queue needs no column between its senders and receivers, unless only messages lead to them.
        var callers = map.Edges
            .Where(edge => kinds[edge.From] != MapNodeKinds.Messaging || !called.Contains(edge.To))
            .ToLookup(edge => edge.To);
        // The ends of the most frequent calls first.
        var waiting = map.Edges.SelectMany(edge => (string[])[edge.From, edge.To]).Distinct().ToList();
        var columns = new Dictionary<string, int>();
        while (waiting.Count > 0)
        {
            var id = waiting.MinBy(next => callers[next].Sum(edge => columns.ContainsKey(edge.From) ? 0 : edge.Spans))!;
            waiting.Remove(id);
            var first = kinds[id] is MapNodeKinds.Clients or MapNodeKinds.Unknown ? 0 : 1;
            columns[id] = Math.Min(
                MaxColumns - 1,
                callers[id].Select(edge => columns.GetValueOrDefault(edge.From, -1) + 1).Append(first).Max());
        }

        return columns;
    }
}
