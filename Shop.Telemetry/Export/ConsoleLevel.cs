using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Export;

/// <summary>
/// Restricts the console of a service that exports its logs to warnings and above, and the start and stop of the service. Audit records
/// are always written.
/// </summary>
internal static class ConsoleLevel
{
    private const string Console = "Console";
    private const string HostingLifetime = "Microsoft.Hosting.Lifetime";

    /// <summary>Adds rules for the console.</summary>
    /// <remarks>A rule of one provider hides all rules for every provider, so each of them is repeated with a higher level.</remarks>
    public static void Raise(LoggerFilterOptions filters)
    {
        LoggerFilterRule[] rules = [new(null, null, filters.MinLevel, null), .. filters.Rules.Where(rule => rule.ProviderName is null)];
        foreach (var rule in rules)
        {
            var level = rule.LogLevel is > LogLevel.Warning and var higher ? higher : LogLevel.Warning;
            filters.Rules.Add(new(Console, rule.CategoryName, level, rule.Filter));
        }

        // The orchestrator's view of the console shows that the service has started, and on which addresses.
        filters.Rules.Add(new(Console, HostingLifetime, LogLevel.Information, null));
    }
}
