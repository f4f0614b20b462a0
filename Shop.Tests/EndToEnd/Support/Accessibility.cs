using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Shop.Tests.EndToEnd.Support;

/// <summary>The rules of WCAG 2.1 AA, which every page keeps.</summary>
internal static class Accessibility
{
    private static readonly AxeRunOptions _rules = new()
    {
        RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] },
        ResultTypes = [ResultType.Violations],
    };

    // Each width and each color scheme once. All combinations would take twice as long.
    private static readonly (int Width, ColorScheme Scheme)[] _views = [(390, ColorScheme.Light), (1440, ColorScheme.Dark)];

    /// <summary>Returns the violations of the current page on a phone, light, and on a desktop, dark.</summary>
    public static async Task<IReadOnlyList<string>> FindViolationsAsync(Tab tab)
    {
        var violations = new List<string>();
        foreach (var (width, scheme) in _views)
        {
            await tab.Page.SetViewportSizeAsync(width, 900);
            await tab.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            var result = await tab.Page.RunAxe(_rules);
            Assert.NotEmpty(result.Passes);
            violations.AddRange(
                from violation in result.Violations
                from node in violation.Nodes
                select $"{width} px, {scheme}: {violation.Id}: {violation.Help}: {node.Html}");
        }

        return violations;
    }
}
