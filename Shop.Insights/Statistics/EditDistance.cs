namespace Shop.Insights.Statistics;

/// <summary>How different two sequences are.</summary>
internal static class EditDistance
{
    /// <summary>
    /// Returns the number of insertions, deletions and replacements that make one sequence of the other (Levenshtein, 1966), by the
    /// algorithm of Wagner and Fischer (1974).
    /// </summary>
    public static int Compute(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        var row = Enumerable.Range(0, second.Count + 1).ToArray();
        for (var i = 1; i <= first.Count; i++)
        {
            var (diagonal, left) = (row[0], row[0] = i);
            for (var j = 1; j <= second.Count; j++)
            {
                var replaced = diagonal + (first[i - 1] == second[j - 1] ? 0 : 1);
                (diagonal, left) = (row[j], Math.Min(replaced, Math.Min(row[j], left) + 1));
                row[j] = left;
            }
        }

        return row[second.Count];
    }

    /// <summary>Returns the distance as a share of the longer sequence: 0 for the same, and 1 for nothing in common.</summary>
    public static double ComputeNormalized(IReadOnlyList<string> first, IReadOnlyList<string> second) =>
        Math.Max(first.Count, second.Count) is var length and > 0 ? (double)Compute(first, second) / length : 0;
}
