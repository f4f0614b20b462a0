using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Logging;

internal static class LogLevelExtensions
{
    /// <summary>Sets the level of a category for all providers, whatever the rules so far are.</summary>
    /// <remarks>
    /// A rule of one provider, also for all categories, hides the rules for every provider. So each provider that has rules gets one. Of
    /// two rules for the same category the last one applies.
    /// </remarks>
    public static void SetLevel(this LoggerFilterOptions filters, string category, LogLevel level)
    {
        foreach (var provider in filters.Rules.Select(rule => rule.ProviderName).Append(null).Distinct().ToList())
        {
            filters.Rules.Add(new(provider, category, level, null));
        }
    }
}
