namespace Shop.Insights.Pages;

/// <summary>
/// The order and the heights of the slots of each column: near what they are connected with, so that few edges cross and most are straight.
/// </summary>
internal static class MapRows
{
    private const double Gap = 14;
    private const int Sweeps = 16;

    /// <summary>Sets the heights of all slots. The highest one begins at the top.</summary>
    public static void Arrange(IEnumerable<MapSlot> slots, double top)
    {
        var columns = slots.GroupBy(slot => slot.Column).OrderBy(column => column.Key).Select(column => column.ToArray()).ToList();
        columns.ForEach(column => Place(column, _ => 0));
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            // From the left to the right, and back: first near the neighbours at the side that was placed before, and then near all.
            var fromLeft = sweep % 2 == 0;
            foreach (var column in fromLeft ? columns : Enumerable.Reverse(columns))
            {
                Func<MapSlot, double> middle = sweep < Sweeps / 2
                    ? slot => GetMiddle(slot, fromLeft ? slot.Left : slot.Right)
                    : slot => GetMiddle(slot, slot.Left.Concat(slot.Right));
                Array.Sort(column.Select(slot => (middle(slot), slot.Y)).ToArray(), column);
                Place(column, middle);
            }
        }

        var highest = columns.Min(column => column[0].Y - (column[0].Height / 2));
        foreach (var slot in columns.SelectMany(column => column))
        {
            slot.Y += top - highest;
        }
    }

    private static double GetMiddle(MapSlot slot, IEnumerable<MapSlot> neighbours) =>
        neighbours.Select(neighbour => neighbour.Y).DefaultIfEmpty(slot.Y).Average();

    // As near as possible to where the slots of a column should be, in their order and with gaps: those that would overlap form a block
    // around their mean (isotonic regression, by pooling adjacent violators).
    private static void Place(MapSlot[] column, Func<MapSlot, double> getMiddle)
    {
        var offsets = new double[column.Length];
        var blocks = new Stack<(double Mean, int Count)>();
        for (var i = 0; i < column.Length; i++)
        {
            offsets[i] = i == 0 ? 0 : offsets[i - 1] + ((column[i - 1].Height + column[i].Height) / 2) + Gap;
            var block = (Mean: getMiddle(column[i]) - offsets[i], Count: 1);
            while (blocks.TryPeek(out var above) && above.Mean > block.Mean)
            {
                blocks.Pop();
                var count = above.Count + block.Count;
                block = (((above.Mean * above.Count) + (block.Mean * block.Count)) / count, count);
            }

            blocks.Push(block);
        }

        var means = blocks.Reverse().SelectMany(block => Enumerable.Repeat(block.Mean, block.Count)).ToList();
        for (var i = 0; i < column.Length; i++)
        {
            column[i].Y = means[i] + offsets[i];
        }
    }
}
