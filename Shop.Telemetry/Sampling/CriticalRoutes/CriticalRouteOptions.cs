using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling.CriticalRoutes;

/// <summary>
/// The places in the shop that matter most, by class. A class is found by the route of a request or by the type of an event, and
/// may ask for a status besides. Configuration adds classes, changes these, or switches them off.
/// </summary>
public sealed class CriticalRouteOptions
{
    public const string Section = "Shop:CriticalRoutes";

    public Dictionary<string, CriticalRouteRule> Rules { get; } = new(StringComparer.OrdinalIgnoreCase)
    {
        ["payment"] = new() { Route = @"/payments?/confirm$", Event = @"^payment\." },
        ["refund"] = new() { Route = @"/orders?/(\{[^/]+\}/)?refund$", Event = @"^(refund\.|order\.refunded$)" },
        ["checkout"] = new() { Route = @"/checkout$", Event = @"^checkout\." },
    };
}

/// <summary>Regular expressions without look-around or back-references, so that none can take long. Case does not matter.</summary>
public sealed class CriticalRouteRule
{
    public bool Enabled { get; set; } = true;

    /// <summary>Over the route template, as <c>/api/v1/orders/{orderId}/refund</c>.</summary>
    public string? Route { get; set; }

    /// <summary>Over the event type, as <c>checkout.submitted</c>.</summary>
    public string? Event { get; set; }

    /// <summary>Over the answer's status, as <c>409</c>. A rule that has one is decided when the answer is known.</summary>
    public string? Status { get; set; }

    internal static Regex? Compile(string? pattern) => string.IsNullOrEmpty(pattern)
        ? null
        : new(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}

internal sealed class CriticalRouteOptionsValidator : IValidateOptions<CriticalRouteOptions>
{
    public ValidateOptionsResult Validate(string? name, CriticalRouteOptions options)
    {
        var problems = options.Rules.Where(rule => rule.Value.Enabled).SelectMany(rule => ProblemsOf(rule.Key, rule.Value)).ToList();
        return problems.Count > 0 ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> ProblemsOf(string nodeClass, CriticalRouteRule rule)
    {
        var section = $"{CriticalRouteOptions.Section}:Rules:{nodeClass}";
        if (!JourneyKeys.IsValid(JourneyKeys.CriticalRoute, nodeClass))
            yield return $"{section}: a class is 1 to 32 letters, digits or -_.:";
        if (string.IsNullOrEmpty(rule.Route) && string.IsNullOrEmpty(rule.Event))
            yield return $"{section} has neither a Route nor an Event to be found by.";

        foreach (var (setting, pattern) in new[] { (nameof(rule.Route), rule.Route), (nameof(rule.Event), rule.Event), (nameof(rule.Status), rule.Status) })
        {
            if (ProblemOf(pattern) is { } problem)
                yield return $"{section}:{setting} is not a regular expression that can be used here: {problem}";
        }
    }

    private static string? ProblemOf(string? pattern)
    {
        try
        {
            CriticalRouteRule.Compile(pattern);
            return null;
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            return wrong.Message;
        }
    }
}
