using System.Globalization;
using Shop.Insights.Map;

namespace Shop.Insights.Pages;

/// <summary>
/// The places of the nodes, edges and labels of a map. Edges pass between the nodes, and no label is on a node or on another label: an edge
/// without room for its label has the figures in its text only.
/// </summary>
internal sealed class MapLayout
{
    private const int MaxNameLength = 18;
    private const string Fading = "fading";

    public MapLayout(ServiceMap map)
    {
        var lines = new MapLines(map);
        foreach (var node in map.Nodes)
        {
            Nodes.Add(new(
                lines.Nodes[node.Id], Shorten(GetShortName(node)), node.IsFading ? $"{node.Kind} {Fading}" : node.Kind,
                node.System ?? node.Kind, node.Name));
        }

        var labels = new MapLabels(lines);
        var names = map.Nodes.ToDictionary(node => node.Id, node => node.Name);
        // What fails and what is called now has a label before others, and of these, what is frequent.
        var edges = map.Edges.Zip(lines.Edges).OrderBy(edge => edge.First.ErrorShare == 0).ThenBy(edge => edge.First.IsFading);
        foreach (var (edge, curves) in edges)
        {
            var text = edge.ErrorShare > 0
                ? (string[])[FormatRate(edge.RatePerMinute), $"{NumberText.Percent(edge.ErrorShare)} failed"]
                : [FormatRate(edge.RatePerMinute)];
            Edges.Add(new(
                MapCurve.GetPath(curves),
                // Thicker by the order of magnitude.
                1 + Math.Min(4, Math.Log10(1 + edge.RatePerMinute)),
                $"{(edge.ErrorShare > 0 ? "failing" : "")} {(edge.IsFading ? Fading : "")}".Trim(),
                labels.Place(curves, text) is { } box ? new(box, text) : null,
                $"{names[edge.From]} to {names[edge.To]}: {FormatRate(edge.RatePerMinute)}, {NumberText.Percent(edge.ErrorShare)} failed, "
                + $"95% within {NumberText.Duration(edge.P95Milliseconds / 1000)}, last call at {NumberText.Time(edge.LastAt)} UTC"));
        }

        Area = lines.Area;
    }

    public MapBox Area { get; }

    public List<Node> Nodes { get; } = [];

    public List<Edge> Edges { get; } = [];

    public static string FormatRate(double perMinute) =>
        perMinute is > 0 and < 0.1 ? "<0.1/min" : string.Create(CultureInfo.InvariantCulture, $"{perMinute:#,0.#}/min");

    // The line below has the system.
    private static string GetShortName(MapNode node) =>
        node.System is { } system && node.Name.StartsWith($"{system}/", StringComparison.Ordinal)
            ? node.Name[(system.Length + 1)..]
            : node.Name;

    private static string Shorten(string name) => name.Length <= MaxNameLength ? name : $"{name[..(MaxNameLength - 1)]}…";

    public sealed record Node(MapBox Box, string Name, string Kind, string Detail, string Text);

    public sealed record Label(MapBox Box, IReadOnlyList<string> Lines);

    public sealed record Edge(string Path, double Thickness, string Kind, Label? Label, string Text);
}
