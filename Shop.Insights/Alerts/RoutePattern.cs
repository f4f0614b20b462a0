using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Shop.Insights.Alerts;

/// <summary>Matches routes with patterns, in which <c>*</c> stands for any characters.</summary>
internal static class RoutePattern
{
    // The patterns of the configuration, which are few.
    private static readonly ConcurrentDictionary<string, Regex> _expressions = new(StringComparer.Ordinal);

    /// <summary>Determines whether a rule is about a pair of routes.</summary>
    public static bool Matches(this AlertRule rule, string from, string to) => Matches(rule.From, from) && Matches(rule.To, to);

    private static bool Matches(string pattern, string text) => _expressions.GetOrAdd(pattern, Create).IsMatch(text);

    private static Regex Create(string pattern) => new(
        $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
