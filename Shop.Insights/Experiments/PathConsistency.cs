using Shop.Insights.Statistics;

namespace Shop.Insights.Experiments;

/// <summary>Compares the pages that units have walked with those that are expected of their variant.</summary>
internal static class PathConsistency
{
    /// <summary>
    /// Returns the part of a path that is compared: from the first visit to the first expected page, if there is one, up to the visit to
    /// the last one.
    /// </summary>
    /// <param name="pages">The visited pages of the experiment, without repeats of the same page one after the other.</param>
    /// <param name="expected">The expected pages.</param>
    public static IReadOnlyList<string> GetWalk(IReadOnlyList<string> pages, IReadOnlyList<string> expected)
    {
        var walk = pages.Contains(expected[0]) ? pages.SkipWhile(page => page != expected[0]).ToList() : [.. pages];
        var last = walk.IndexOf(expected[^1]);
        return last < 0 ? walk : walk[..(last + 1)];
    }

    /// <summary>Compares paths with the expected one; null without paths.</summary>
    /// <param name="paths">The paths, each with the number of units that walked it.</param>
    /// <param name="expected">The expected pages.</param>
    public static PathFigures? Compare(IReadOnlyCollection<(string[] Pages, long Count)> paths, IReadOnlyList<string> expected)
    {
        var units = paths.Sum(path => path.Count);
        if (units == 0 || expected.Count == 0)
        {
            return null;
        }

        var walks = paths.Select(path => (Pages: GetWalk(path.Pages, expected), path.Count)).ToList();
        var exact = walks.Where(walk => walk.Pages.SequenceEqual(expected)).Sum(walk => walk.Count);
        // Those who stopped early, and were on the path until then.
        var begun = walks.Where(walk => walk.Pages.SequenceEqual(expected.Take(walk.Pages.Count))).Sum(walk => walk.Count);
        return new(
            expected,
            exact,
            (double)exact / units,
            (double)begun / units,
            walks.Sum(walk => EditDistance.ComputeNormalized(walk.Pages, expected) * walk.Count) / units);
    }
}

/// <summary>How the paths of a variant agree with the expected one.</summary>
/// <param name="Expected">The expected pages.</param>
/// <param name="Exact">The number of units that walked exactly these pages.</param>
/// <param name="ExactShare">Their share, from 0 to 1.</param>
/// <param name="OnPathShare">The share of the units that walked these pages up to their last one, from 0 to 1.</param>
/// <param name="MeanDistance">The mean edit distance, as a share of the longer path: 0 for the same, and 1 for nothing in common.</param>
public sealed record PathFigures(
    IReadOnlyList<string> Expected, long Exact, double ExactShare, double OnPathShare, double MeanDistance);
