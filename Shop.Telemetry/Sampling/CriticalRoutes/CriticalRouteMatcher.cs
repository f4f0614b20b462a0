using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling.CriticalRoutes;

/// <summary>Finds the critical route of a request, response or event. Results are cached until the configuration changes.</summary>
internal sealed class CriticalRouteMatcher : IDisposable
{
    private readonly IDisposable? _changeSubscription;
    private volatile CompiledRules _rules;

    public CriticalRouteMatcher(IOptionsMonitor<CriticalRouteOptions> options)
    {
        _rules = new CompiledRules(options.CurrentValue);
        _changeSubscription = options.OnChange(changed => _rules = new CompiledRules(changed));
    }

    /// <summary>Matches a route template against the rules without a status pattern. Returns null when no rule matches.</summary>
    public string? MatchRoute(string route) => _rules.ByRoute.GetOrCompute(route);

    /// <summary>
    /// Matches a route template and the status code of the response against all rules. Returns null when no rule matches.
    /// </summary>
    public string? MatchResponse(string route, int statusCode)
    {
        var rules = _rules;
        return rules.ByRoute.GetOrCompute(route) ?? rules.ByResponse.GetOrCompute((route, statusCode));
    }

    /// <summary>Matches an event name, for example <c>item.created</c>. Returns null when no rule matches.</summary>
    public string? MatchEvent(string eventName) => _rules.ByEvent.GetOrCompute(eventName);

    /// <inheritdoc/>
    public void Dispose() => _changeSubscription?.Dispose();

    private sealed class CompiledRules
    {
        private readonly CompiledRule[] _rules;

        public CompiledRules(CriticalRouteOptions options)
        {
            // The first rule that matches is used: a rule of the service or of its configuration before an accepted one.
            _rules =
            [
                .. from rule in options.Rules
                   where rule.Value.Enabled
                   orderby rule.Key.StartsWith(CriticalRouteOptions.AcceptedPrefix, StringComparison.OrdinalIgnoreCase)
                   select new CompiledRule(rule.Key, rule.Value),
            ];
            ByRoute = new(route => Find(rule => rule.Status is null && rule.Route?.IsMatch(route) is true));
            ByResponse = new(response => Find(rule =>
                rule.Route?.IsMatch(response.Route) is true
                && rule.Status?.IsMatch(response.StatusCode.ToString(CultureInfo.InvariantCulture)) is true));
            ByEvent = new(eventName => Find(rule => rule.Event?.IsMatch(eventName) is true));
        }

        public BoundedCache<string, string?> ByRoute { get; }

        public BoundedCache<(string Route, int StatusCode), string?> ByResponse { get; }

        public BoundedCache<string, string?> ByEvent { get; }

        private string? Find(Predicate<CompiledRule> matches) => Array.Find(_rules, matches)?.Name;
    }

    private sealed class CompiledRule(string name, CriticalRouteRule rule)
    {
        public string Name => name;

        public Regex? Route { get; } = Compile(rule.Route);

        public Regex? Event { get; } = Compile(rule.Event);

        public Regex? Status { get; } = Compile(rule.Status);

        private static Regex? Compile(string? pattern) => string.IsNullOrEmpty(pattern) ? null : SamplingPattern.Compile(pattern);
    }
}
