namespace Shop.Insights.Pages;

/// <summary>A place in a column of a map: of a node, or of an edge that passes between the nodes to a column further away.</summary>
internal sealed class MapSlot(int column, double height)
{
    public int Column => column;

    public double Height => height;

    /// <summary>Gets or sets the middle.</summary>
    public double Y { get; set; }

    public List<MapSlot> Left { get; } = [];

    public List<MapSlot> Right { get; } = [];

    /// <summary>Connects two slots of the same or of neighbouring columns.</summary>
    public void Connect(MapSlot other)
    {
        if (other.Column >= column)
        {
            Right.Add(other);
            other.Left.Add(this);
        }

        if (other.Column <= column)
        {
            Left.Add(other);
            other.Right.Add(this);
        }
    }
}
