namespace Shop.Insights.Pages;

/// <summary>
/// The places of the labels of edges: on the edge, where there is no node and no other label, and as few other edges as possible.
/// </summary>
internal sealed class MapLabels
{
    /// <summary>The height of a line of a label.</summary>
    public const double LineHeight = 13;

    // Of a wide font.
    private const double DigitWidth = 7;
    private const double CharacterWidth = 5.8;

    // More would cover the map.
    private const int MaxLabels = 100;

    private const double CellSize = 32;

    // Near the middle first.
    private static readonly double[] _positions = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8];

    private readonly MapBox _area;
    private readonly List<MapBox> _taken;
    private readonly ILookup<(int X, int Y), (IReadOnlyList<MapCurve> Edge, (double X, double Y) Point)> _points;
    private int _count;

    public MapLabels(MapLines lines)
    {
        _area = lines.Area;
        _taken = [.. lines.Nodes.Values];
        _points = (
            from edge in lines.Edges
            from curve in edge
            from index in Enumerable.Range(0, 10)
            select (edge, curve.GetPoint((index + 0.5) / 10))).ToLookup(point => GetCell(point.Item2.X, point.Item2.Y));
    }

    /// <summary>Finds a place for a label; null if there is none.</summary>
    public MapBox? Place(IReadOnlyList<MapCurve> edge, IReadOnlyList<string> lines)
    {
        if (_count == MaxLabels)
        {
            return null;
        }

        var (width, height) = (lines.Max(GetWidth), lines.Count * LineHeight);
        var free = _positions
            .SelectMany(position => edge.SelectMany(curve => GetPoints(curve, position)))
            .Select(point => new MapBox(point.X - (width / 2), point.Y - (height / 2), width, height))
            .Where(box => _area.Contains(box) && !_taken.Exists(box.Overlaps))
            .ToList();
        if (free.Count == 0)
        {
            return null;
        }

        var best = free.MinBy(box => CountOthers(box, edge));
        _taken.Add(best);
        _count++;
        return best;
    }

    // In a gap, a label has as much room as it needs only in the middle.
    private static (double X, double Y)[] GetPoints(MapCurve curve, double position)
    {
        var point = curve.GetPoint(position);
        return [point, (curve.GetPoint(0.5).X, point.Y)];
    }

    private int CountOthers(MapBox box, IReadOnlyList<MapCurve> edge)
    {
        var (first, last) = (GetCell(box.X, box.Y), GetCell(box.X + box.Width, box.Y + box.Height));
        var points =
            from x in Enumerable.Range(first.X, last.X - first.X + 1)
            from y in Enumerable.Range(first.Y, last.Y - first.Y + 1)
            from point in _points[(x, y)]
            where point.Edge != edge && box.Contains(point.Point)
            select point.Edge;
        return points.Distinct().Count();
    }

    private static (int X, int Y) GetCell(double x, double y) => ((int)(x / CellSize), (int)(y / CellSize));

    private static double GetWidth(string line) =>
        line.Sum(character => char.IsAsciiDigit(character) ? DigitWidth : CharacterWidth);
}
