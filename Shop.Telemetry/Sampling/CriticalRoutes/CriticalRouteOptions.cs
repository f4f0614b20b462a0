using Microsoft.Extensions.Options;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling.CriticalRoutes;

/// <summary>
/// Configures the critical routes: the requests and events that matter most to the business. Their traces and logs are always sampled
/// by default, and their telemetry has the attribute <c>shop.critical_route</c>.
/// </summary>
/// <remarks>A configuration change applies without a restart.</remarks>
public sealed class CriticalRouteOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Shop:CriticalRoutes";

    /// <summary>The beginning of the names of rules that people have accepted while the services run.</summary>
    internal const string AcceptedPrefix = "accepted.";

    /// <summary>
    /// Gets the rules by name. The name is the value of <c>shop.critical_route</c>: 1 to 32 letters, digits or characters of
    /// <c>-_.:</c>. Rules that the service registers with <c>AddCriticalRoute</c> are present from the start; configuration changes or
    /// disables them and adds others.
    /// </summary>
    public Dictionary<string, CriticalRouteRule> Rules { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>
/// A rule that recognizes a critical route by its route template or by the name of an event. The patterns are case-insensitive regular
/// expressions; lookarounds and backreferences are not supported.
/// </summary>
public sealed class CriticalRouteRule
{
    /// <summary>Gets or sets whether the rule applies. The default is true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Gets or sets the pattern of route templates, for example of <c>/api/v1/items/{id}</c>. A rule needs a route, an
    /// event, or both.
    /// </summary>
    public string? Route { get; set; }

    /// <summary>Gets or sets the pattern of event names, for example of <c>item.created</c>.</summary>
    public string? Event { get; set; }

    /// <summary>
    /// Gets or sets the pattern of response status codes, for example of <c>409</c>. When it is set, requests match only once their
    /// response is known.
    /// </summary>
    public string? Status { get; set; }
}

internal sealed class CriticalRouteOptionsValidator : IValidateOptions<CriticalRouteOptions>
{
    public ValidateOptionsResult Validate(string? name, CriticalRouteOptions options)
    {
        var errors = options.Rules.Where(rule => rule.Value.Enabled).SelectMany(rule => GetErrors(rule.Key, rule.Value)).ToList();
        return errors.Count > 0 ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> GetErrors(string name, CriticalRouteRule rule)
    {
        var section = $"{CriticalRouteOptions.Section}:Rules:{name}";
        if (!JourneyKeys.IsValid(JourneyKeys.CriticalRoute, name))
        {
            yield return $"{section}: the name of a critical route must be 1 to 32 letters, digits or characters of -_.:";
        }

        if (string.IsNullOrEmpty(rule.Route) && string.IsNullOrEmpty(rule.Event))
        {
            yield return $"{section} must have a Route or an Event.";
        }

        (string Name, string? Pattern)[] settings =
        [
            (nameof(rule.Route), rule.Route), (nameof(rule.Event), rule.Event), (nameof(rule.Status), rule.Status),
        ];
        foreach (var (setting, pattern) in settings)
        {
            if (SamplingPattern.GetError($"{section}:{setting}", pattern) is { } error)
            {
                yield return error;
            }
        }
    }
}
