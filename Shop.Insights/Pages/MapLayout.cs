using System.Globalization;
using Shop.Insights.Map;

namespace Shop.Insights.Pages;

/// <summary>
/// The places of the nodes and edges of a map: callers at the left, then the services by how many calls they are away, and at the right
/// what they use. The columns are centred.
/// </summary>
internal sealed class MapLayout
{
    public const double NodeWidth = 180;
    public const double NodeHeight = 46;

    private const double ColumnWidth = 330;
    private const double RowHeight = 66;
    private const double Margin = 8;
    private const double Shift = 7;
    private const double Around = 56;
    private const int MaxNameLength = 20;
    private const string Fading = "fading";

    private static readonly string[] _kinds =
    [
        MapNodeKinds.Clients, MapNodeKinds.Unknown, MapNodeKinds.Service, MapNodeKinds.Messaging, MapNodeKinds.Database,
        MapNodeKinds.External,
    ];

    private static readonly string[] _callers = [MapNodeKinds.Clients, MapNodeKinds.Unknown];

    public MapLayout(ServiceMap map)
    {
        var columns = FindColumns(map);
        var rows = new Dictionary<string, double>();
        var byColumn = map.Nodes.GroupBy(node => columns[node.Id]).OrderBy(column => column.Key).ToList();
        var maxRows = byColumn.Select(column => column.Count()).DefaultIfEmpty(0).Max();
        foreach (var column in byColumn)
        {
            // Near the nodes that call it, so that fewer edges cross.
            var nodes = column
                .OrderBy(node => map.Edges.Where(edge => edge.To == node.Id && rows.ContainsKey(edge.From))
                    .Select(edge => rows[edge.From]).DefaultIfEmpty(double.MaxValue).Average())
                .ThenBy(node => Array.IndexOf(_kinds, node.Kind))
                .ThenBy(node => node.Name, StringComparer.Ordinal)
                .ToList();
            var first = (maxRows - nodes.Count) / 2.0;
            foreach (var (node, row) in nodes.Select((node, index) => (node, first + index)))
            {
                rows[node.Id] = row;
                Nodes.Add(new(
                    Margin + (column.Key * ColumnWidth), Margin + (row * RowHeight), Shorten(GetShortName(node)),
                    node.IsFading ? $"{node.Kind} {Fading}" : node.Kind, node.System ?? node.Kind, node.Name));
            }

            Width = Math.Max(Width, (column.Key * ColumnWidth) + NodeWidth + (2 * Margin));
        }

        Height = (maxRows * RowHeight) + Margin;
        var names = map.Nodes.ToDictionary(node => node.Id, node => node.Name);
        var kinds = map.Nodes.ToDictionary(node => node.Id, node => node.Kind);
        foreach (var edge in map.Edges)
        {
            var (path, labelX, labelY) = Draw(columns[edge.From], GetMiddle(edge.From), columns[edge.To], GetMiddle(edge.To));
            Edges.Add(new(
                path,
                // Thicker by the order of magnitude.
                1 + Math.Min(4, Math.Log10(1 + edge.RatePerMinute)),
                $"{(edge.ErrorShare > 0 ? "failing" : "")} {(edge.IsFading ? Fading : "")}".Trim(),
                labelX,
                labelY,
                // The many edges to and from what services use have their figures in the title and in the table.
                (kinds[edge.To] is MapNodeKinds.Service && kinds[edge.From] is not MapNodeKinds.Messaging) || edge.ErrorShare > 0
                    ? $"{FormatRate(edge.RatePerMinute)}{(edge.ErrorShare > 0 ? $", {NumberText.Percent(edge.ErrorShare)} failed" : "")}"
                    : null,
                $"{names[edge.From]} to {names[edge.To]}: {FormatRate(edge.RatePerMinute)}, {NumberText.Percent(edge.ErrorShare)} failed, "
                + $"95% within {NumberText.Duration(edge.P95Milliseconds / 1000)}, last call at {NumberText.Time(edge.LastAt)} UTC"));
        }

        double GetMiddle(string id) => Margin + (rows[id] * RowHeight) + (NodeHeight / 2);
    }

    public double Width { get; }

    public double Height { get; }

    public List<Node> Nodes { get; } = [];

    public List<Edge> Edges { get; } = [];

    public static string FormatRate(double perMinute) =>
        perMinute is > 0 and < 0.1 ? "<0.1/min" : string.Create(CultureInfo.InvariantCulture, $"{perMinute:#,0.#}/min");

    // A Bezier curve. The label is where edges to several nodes have separated.
    private static (string Path, double LabelX, double LabelY) Draw(int fromColumn, double y1, int toColumn, double y2)
    {
        var (left, right) = (Margin + (fromColumn * ColumnWidth), Margin + (toColumn * ColumnWidth) + NodeWidth);
        if (fromColumn == toColumn)
        {
            // Around, at the right of both.
            return (Format(right, y1 + Shift, right + Around, y1 + Shift, right + Around, y2 - Shift, right, y2 - Shift),
                right + (Around * 0.75), ((y1 + y2) / 2) - 4);
        }

        var isForward = toColumn > fromColumn;
        var (x1, x2) = isForward ? (left + NodeWidth, right - NodeWidth) : (left, right);
        // Apart from an edge in the other direction.
        (y1, y2) = isForward ? (y1, y2) : (y1 + Shift, y2 + Shift);
        var middle = (x1 + x2) / 2;
        return (Format(x1, y1, middle, y1, middle, y2, x2, y2), x1 + ((x2 - x1) * 0.66), y1 + ((y2 - y1) * 0.78) - 4);
    }

    private static string Format(double x1, double y1, double x2, double y2, double x3, double y3, double x4, double y4) => string.Create(
        CultureInfo.InvariantCulture, $"M{x1:0.#},{y1:0.#}C{x2:0.#},{y2:0.#} {x3:0.#},{y3:0.#} {x4:0.#},{y4:0.#}");

    private static Dictionary<string, int> FindColumns(ServiceMap map)
    {
        var kinds = map.Nodes.ToDictionary(node => node.Id, node => node.Kind);
        var targets = map.Edges.ToLookup(edge => edge.From, edge => edge.To);
        var columns = new Dictionary<string, int>();
        var services = map.Nodes.Where(node => node.Kind == MapNodeKinds.Service).Select(node => node.Id).ToList();
        var entered = map.Edges.Where(edge => _callers.Contains(kinds[edge.From])).Select(edge => edge.To).ToHashSet();
        var called = map.Edges.Select(edge => edge.To).ToHashSet();
        Visit(services.Where(id => entered.Contains(id) || !called.Contains(id)));
        // Services that only call each other.
        services.ForEach(id => Visit([id]));
        var last = columns.Values.DefaultIfEmpty(0).Max() + 1;
        foreach (var node in map.Nodes.Where(node => node.Kind != MapNodeKinds.Service))
        {
            columns[node.Id] = _callers.Contains(node.Kind) ? 0 : last;
        }

        return columns;

        // The fewest calls to each service, where a message is one too.
        void Visit(IEnumerable<string> first)
        {
            var next = new Queue<string>(first.Where(id => columns.TryAdd(id, 1)));
            while (next.TryDequeue(out var id))
            {
                var reached = targets[id].SelectMany(target => kinds[target] == MapNodeKinds.Messaging ? targets[target] : [target]);
                foreach (var service in reached.Where(target => kinds[target] == MapNodeKinds.Service))
                {
                    if (columns.TryAdd(service, columns[id] + 1))
                    {
                        next.Enqueue(service);
                    }
                }
            }
        }
    }

    // The line below has the system.
    private static string GetShortName(MapNode node) =>
        node.System is { } system && node.Name.StartsWith($"{system}/", StringComparison.Ordinal)
            ? node.Name[(system.Length + 1)..]
            : node.Name;

    private static string Shorten(string name) => name.Length <= MaxNameLength ? name : $"{name[..(MaxNameLength - 1)]}…";

    public sealed record Node(double X, double Y, string Name, string Kind, string Detail, string Text);

    public sealed record Edge(string Path, double Thickness, string Kind, double LabelX, double LabelY, string? Label, string Text);
}
