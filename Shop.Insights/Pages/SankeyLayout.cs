using System.Globalization;
using Shop.Insights.Paths;

namespace Shop.Insights.Pages;

/// <summary>The places of the nodes and links of a Sankey diagram: a column for each step, and heights in proportion to counts.</summary>
internal sealed class SankeyLayout
{
    public const double Height = 460;
    public const double NodeWidth = 12;

    private const double ColumnWidth = 210;
    private const double Gap = 34;
    private const int MaxNameLength = 26;

    public SankeyLayout(PathResult result)
    {
        var columns = result.Nodes.GroupBy(node => node.Step).OrderBy(column => column.Key).Select(column => column.ToList()).ToList();
        Width = columns.Count * ColumnWidth;
        var scale = columns.Min(column => (Height - (Gap * column.Count)) / Math.Max(1, column.Sum(node => node.Count)));
        var places = new Dictionary<(int Step, string Name), Place>();
        foreach (var column in columns)
        {
            var y = 0.0;
            foreach (var node in column)
            {
                // Backwards, the first column is at the right.
                var index = result.Backwards ? columns.Count - node.Step : node.Step - 1;
                var place = new Place(index * ColumnWidth, y, Math.Max(1, node.Count * scale));
                places[(node.Step, node.Name)] = place;
                Nodes.Add(new(place.X, place.Y, place.Height, Shorten(node.Name), node.Kind, node.Count, $"{node.Name}: {node.Count}"));
                y += place.Height + Gap;
            }
        }

        foreach (var link in result.Links)
        {
            var (from, to, height) = (places[(link.Step, link.From)], places[(link.Step + 1, link.To)], Math.Max(0.5, link.Count * scale));
            var (left, right) = result.Backwards ? (to, from) : (from, to);
            var (x1, x2) = (left.X + NodeWidth, right.X);
            var (y1, y2) = (left.TakeRight(height), right.TakeLeft(height));
            var middle = (x1 + x2) / 2;
            var kind = result.Nodes.First(node => node.Step == link.Step + 1 && node.Name == link.To).Kind;
            Links.Add(new(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"M{x1:0.#},{y1:0.#}C{middle:0.#},{y1:0.#} {middle:0.#},{y2:0.#} {x2:0.#},{y2:0.#}"
                    + $"v{height:0.#}C{middle:0.#},{y2 + height:0.#} {middle:0.#},{y1 + height:0.#} {x1:0.#},{y1 + height:0.#}z"),
                kind,
                result.Backwards ? $"{link.To} to {link.From}: {link.Count}" : $"{link.From} to {link.To}: {link.Count}"));
        }
    }

    public double Width { get; }

    public List<Node> Nodes { get; } = [];

    public List<Link> Links { get; } = [];

    private static string Shorten(string name) => name.Length <= MaxNameLength ? name : $"{name[..(MaxNameLength - 1)]}…";

    public sealed record Node(double X, double Y, double Height, string Name, string Kind, long Count, string Text);

    public sealed record Link(string Path, string Kind, string Text);

    private sealed class Place(double x, double y, double height)
    {
        private double _left = y;
        private double _right = y;

        public double X => x;

        public double Y { get; } = y;

        public double Height => height;

        public double TakeLeft(double part)
        {
            var start = _left;
            _left += part;
            return start;
        }

        public double TakeRight(double part)
        {
            var start = _right;
            _right += part;
            return start;
        }
    }
}
