using System.Globalization;

namespace Shop.Insights.Pages;

/// <summary>A Bezier curve that is horizontal at both ends: both of its control points have the same horizontal position.</summary>
internal readonly record struct MapCurve(double X1, double Y1, double ControlX, double X2, double Y2)
{
    /// <summary>Returns a point of the curve.</summary>
    /// <param name="t">0 at the begin of the curve, and 1 at its end.</param>
    public (double X, double Y) GetPoint(double t)
    {
        var (begin, control, end) = (Math.Pow(1 - t, 3), 3 * t * (1 - t), Math.Pow(t, 3));
        return ((begin * X1) + (control * ControlX) + (end * X2), Y1 + ((Y2 - Y1) * t * t * (3 - (2 * t))));
    }

    /// <summary>Returns the commands of a path in SVG.</summary>
    public static string GetPath(IReadOnlyList<MapCurve> curves) => string.Concat(curves
        .Select(curve => string.Create(
            CultureInfo.InvariantCulture,
            $"C{curve.ControlX:0.#},{curve.Y1:0.#} {curve.ControlX:0.#},{curve.Y2:0.#} {curve.X2:0.#},{curve.Y2:0.#}"))
        .Prepend(string.Create(CultureInfo.InvariantCulture, $"M{curves[0].X1:0.#},{curves[0].Y1:0.#}")));
}

/// <summary>The rectangle of a node or a label.</summary>
internal readonly record struct MapBox(double X, double Y, double Width, double Height)
{
    public bool Overlaps(MapBox other) =>
        X < other.X + other.Width && other.X < X + Width && Y < other.Y + other.Height && other.Y < Y + Height;

    public bool Contains(MapBox other) =>
        other.X >= X && other.Y >= Y && other.X + other.Width <= X + Width && other.Y + other.Height <= Y + Height;

    public bool Contains((double X, double Y) point) =>
        point.X > X && point.X < X + Width && point.Y > Y && point.Y < Y + Height;
}
