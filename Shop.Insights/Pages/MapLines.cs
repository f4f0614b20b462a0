using Shop.Insights.Map;

namespace Shop.Insights.Pages;

/// <summary>The boxes of the nodes of a map, in columns, and the curves of its edges, which pass between them.</summary>
internal sealed class MapLines
{
    public const double NodeWidth = 148;
    public const double NodeHeight = 46;

    /// <summary>The length of an arrow, which begins at the end of a curve.</summary>
    public const double ArrowLength = 9;

    // Labels need the room between the columns, and all columns should fit on a page.
    private const double MinGap = 70;
    private const double MaxGap = 170;
    private const double PageWidth = 1246;
    private const double Margin = 4;
    private const double PassageHeight = 16;
    private const double PortDistance = 9;

    private readonly double _gap;

    public MapLines(ServiceMap map)
    {
        var columns = MapColumns.Find(map);
        var (first, last) = (columns.Values.Min(), columns.Values.Max());
        _gap = Math.Clamp((PageWidth - (2 * Margin) - ((last - first + 1) * NodeWidth)) / Math.Max(1, last - first), MinGap, MaxGap);
        var slots = map.Nodes.ToDictionary(node => node.Id, node => new MapSlot(columns[node.Id] - first, NodeHeight));
        var chains = map.Edges.Select(edge => Connect(slots[edge.From], slots[edge.To])).ToList();
        MapRows.Arrange(chains.SelectMany(chain => chain).Distinct(), Margin);
        Nodes = slots.ToDictionary(
            slot => slot.Key, slot => new MapBox(GetLeft(slot.Value), slot.Value.Y - (NodeHeight / 2), NodeWidth, NodeHeight));
        var ports = FindPorts(chains);
        Edges = [.. chains.Select((chain, index) => Draw(chain, ports[(index, false)], ports[(index, true)]))];
        var points = Edges.SelectMany(curves => curves).Select(curve => curve.GetPoint(0.5)).ToList();
        Area = new(
            0,
            0,
            Margin + Math.Max(Nodes.Values.Max(box => box.X + box.Width), points.Max(point => point.X)),
            Margin + Math.Max(Nodes.Values.Max(box => box.Y + box.Height), points.Max(point => point.Y)));
    }

    public Dictionary<string, MapBox> Nodes { get; }

    /// <summary>Gets the curves of each edge, from its begin to its arrow.</summary>
    public IReadOnlyList<IReadOnlyList<MapCurve>> Edges { get; }

    /// <summary>Gets the rectangle of the drawing.</summary>
    public MapBox Area { get; }

    // Through a slot in each column between those of its ends.
    private static List<MapSlot> Connect(MapSlot from, MapSlot to)
    {
        List<MapSlot> chain = [from];
        while (Math.Abs(to.Column - chain[^1].Column) > 1)
        {
            chain.Add(new(chain[^1].Column + Math.Sign(to.Column - from.Column), PassageHeight));
        }

        chain.Add(to);
        foreach (var (slot, next) in chain.Zip(chain.Skip(1)))
        {
            slot.Connect(next);
        }

        return chain;
    }

    // Edges begin and end at the sides of nodes, apart from each other and in the order of where they lead.
    private static Dictionary<(int Edge, bool IsEnd), double> FindPorts(IReadOnlyList<List<MapSlot>> chains)
    {
        var ports = new Dictionary<(int, bool), double>();
        var sides = chains
            .SelectMany((chain, index) => new[]
            {
                (Slot: chain[0], Next: chain[1], Key: (index, false)), (Slot: chain[^1], Next: chain[^2], Key: (index, true)),
            })
            .GroupBy(end => (end.Slot, IsRight: end.Next.Column >= end.Slot.Column));
        foreach (var side in sides.Select(side => side.OrderBy(end => end.Next.Y).ToList()))
        {
            var distance = Math.Min(PortDistance, NodeHeight / (side.Count + 1));
            foreach (var (end, index) in side.Select((end, index) => (end, index)))
            {
                ports[end.Key] = end.Slot.Y + ((index - ((side.Count - 1) / 2.0)) * distance);
            }
        }

        return ports;
    }

    private List<MapCurve> Draw(List<MapSlot> chain, double begin, double end)
    {
        var curves = new List<MapCurve>();
        for (var i = 1; i < chain.Count; i++)
        {
            var (slot, next) = (chain[i - 1], chain[i]);
            var x1 = GetLeft(slot) + (next.Column >= slot.Column ? NodeWidth : 0);
            var x2 = GetLeft(next) + (next.Column > slot.Column ? 0 : NodeWidth);
            var (y1, y2) = (i == 1 ? begin : slot.Y, i == chain.Count - 1 ? end : next.Y);
            // Within a column, around the nodes between.
            var control = x1 == x2 ? x1 + Math.Min(_gap, 46 + (Math.Abs(y2 - y1) / 4)) : (x1 + x2) / 2;
            if (i < chain.Count - 1)
            {
                var far = GetLeft(next) + (next.Column > slot.Column ? NodeWidth : 0);
                curves.Add(new(x1, y1, control, x2, y2));
                curves.Add(new(x2, y2, (x2 + far) / 2, far, y2));
            }
            else
            {
                curves.Add(new(x1, y1, control, x2 + (next.Column > slot.Column ? -ArrowLength : ArrowLength), y2));
            }
        }

        return curves;
    }

    private double GetLeft(MapSlot slot) => Margin + (slot.Column * (NodeWidth + _gap));
}
