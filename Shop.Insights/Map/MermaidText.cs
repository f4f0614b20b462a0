using System.Globalization;
using System.Text;

namespace Shop.Insights.Map;

/// <summary>Writes a map as a flowchart of Mermaid, which Markdown viewers draw.</summary>
internal static class MermaidText
{
    public static string Create(ServiceMap map)
    {
        var text = new StringBuilder("flowchart LR\n");
        var ids = map.Nodes.Select((node, index) => (node.Id, Name: $"n{index}")).ToDictionary(node => node.Id, node => node.Name);
        foreach (var node in map.Nodes)
        {
            var name = Escape(node.Name);
            var shape = node.Kind switch
            {
                MapNodeKinds.Clients or MapNodeKinds.Unknown => $"([\"{name}\"])",
                MapNodeKinds.Database => $"[(\"{name}\")]",
                MapNodeKinds.Messaging => $"[[\"{name}\"]]",
                MapNodeKinds.External => $"{{{{\"{name}\"}}}}",
                _ => $"[\"{name}\"]",
            };
            text.Append(CultureInfo.InvariantCulture, $"    {ids[node.Id]}{shape}{(node.IsFading ? ":::fading" : "")}\n");
        }

        foreach (var edge in map.Edges)
        {
            var arrow = edge.IsFading ? "-.->" : "-->";
            text.Append(CultureInfo.InvariantCulture, $"    {ids[edge.From]} {arrow}|\"{edge.RatePerMinute:0.##}/min");
            if (edge.ErrorShare > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $", {edge.ErrorShare * 100:0.##}% errors");
            }

            if (edge.P95Milliseconds is { } p95)
            {
                text.Append(CultureInfo.InvariantCulture, $", p95 {p95:0.#} ms");
            }

            text.Append(CultureInfo.InvariantCulture, $"\"| {ids[edge.To]}\n");
        }

        if (map.Nodes.Any(node => node.IsFading))
        {
            text.Append("    classDef fading opacity:0.5\n");
        }

        return text.ToString();
    }

    // Names come from spans, and a label is HTML or Markdown for Mermaid. Its entities have numbers without an ampersand.
    private static string Escape(string name) => string.Concat(name.Select(character =>
        char.IsAsciiLetterOrDigit(character) || character > 127 || character is ' ' or '-' or '_' or '.' or '/' or ':'
            ? character.ToString()
            : string.Create(CultureInfo.InvariantCulture, $"#{(int)character};")));
}
