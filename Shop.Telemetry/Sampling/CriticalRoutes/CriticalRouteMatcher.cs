using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling.CriticalRoutes;

/// <summary>Says what class of key node something is. A route or an event type is matched once; then it is a look-up.</summary>
internal sealed class CriticalRouteMatcher : IDisposable
{
    private readonly IDisposable? _watch;
    private volatile Book _book;

    public CriticalRouteMatcher(IOptionsMonitor<CriticalRouteOptions> options)
    {
        _book = new Book(options.CurrentValue);
        _watch = options.OnChange(changed => _book = new Book(changed));
    }

    /// <summary>By a route template; null where no rule matches, or where one waits for the status.</summary>
    public string? OfRoute(string route) => _book.OfRoute(route);

    /// <summary>By a route template and the status that was answered; also by rules that need no status.</summary>
    public string? OfAnswer(string route, int status) => _book.OfAnswer(route, status);

    /// <summary>By the type of an event, <c>checkout.submitted</c>.</summary>
    public string? OfEvent(string type) => _book.OfEvent(type);

    public void Dispose() => _watch?.Dispose();

    private sealed class Book(CriticalRouteOptions options)
    {
        // Routes and event types are written in code: there are few. Should one be made up at run time, it is matched each time.
        private const int MaxCachedEntries = 4096;

        private readonly Rule[] _rules =
        [
            .. from rule in options.Rules
               where rule.Value.Enabled
               select new Rule(rule.Key, CriticalRouteRule.Compile(rule.Value.Route), CriticalRouteRule.Compile(rule.Value.Event), CriticalRouteRule.Compile(rule.Value.Status)),
        ];

        private readonly ConcurrentDictionary<string, string?> _routes = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<(string Route, int Status), string?> _answers = new();
        private readonly ConcurrentDictionary<string, string?> _events = new(StringComparer.Ordinal);

        public string? OfRoute(string route) =>
            Recall(_routes, route, static (rule, route) => rule.Status is null && rule.Route?.IsMatch(route) is true);

        public string? OfAnswer(string route, int status) => OfRoute(route) ?? Recall(_answers, (Route: route, Status: status), static (rule, answer) =>
            rule.Route?.IsMatch(answer.Route) is true && rule.Status?.IsMatch(answer.Status.ToString(CultureInfo.InvariantCulture)) is true);

        public string? OfEvent(string type) =>
            Recall(_events, type, static (rule, type) => rule.Event?.IsMatch(type) is true);

        private string? Recall<TKey>(ConcurrentDictionary<TKey, string?> known, TKey key, Func<Rule, TKey, bool> matches) where TKey : notnull
        {
            if (known.TryGetValue(key, out var nodeClass))
                return nodeClass;

            foreach (var rule in _rules)
            {
                if (matches(rule, key))
                {
                    nodeClass = rule.Class;
                    break;
                }
            }

            if (known.Count < MaxCachedEntries)
                known[key] = nodeClass;
            return nodeClass;
        }
    }

    private sealed record Rule(string Class, Regex? Route, Regex? Event, Regex? Status);
}
