using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Shop.ServiceDefaults.Probability;

namespace Shop.ServiceDefaults.Sampling;

/// <summary>The settings as the hot path wants them: compiled, and with a look-up for each route.</summary>
internal sealed class SamplingPlan(TraceSamplingOptions options)
{
    private const int MostRoutes = 4096;

    private readonly KeyValuePair<Regex, Decision>[] _rules =
    [
        .. from rule in options.Rules
           orderby rule.Key
           select KeyValuePair.Create(TraceSamplingRule.Compile(rule.Value.Route), new Decision(rule.Key.ToLowerInvariant(), rule.Value.Ratio)),
    ];

    private readonly ConcurrentDictionary<string, Decision?> _routes = new(StringComparer.Ordinal);

    public double Ratio => options.Ratio;

    public double? Target => options.TargetPerSecond > 0 ? options.TargetPerSecond : null;

    public double LowestRatio => options.LowestRatio;

    public TimeSpan Memory => options.Memory;

    public TailOptions Tail => options.Tail;

    public Decision Default { get; } = new(Decision.RatioRule, options.Ratio);

    public Decision? KeyNode { get; } = options.KeepKeyNodes ? new(Decision.KeyNodeRule, 1) : null;

    /// <summary>The rule for a route template; null where none matches.</summary>
    public Decision? OfRoute(string route)
    {
        if (_rules.Length == 0)
            return null;
        if (_routes.TryGetValue(route, out var known))
            return known;

        var decision = Array.Find(_rules, rule => rule.Key.IsMatch(route)).Value;
        if (_routes.Count < MostRoutes)
            _routes[route] = decision;
        return decision;
    }
}

/// <summary>What a rule says of the traces it decides, put into the words of everybody who asks.</summary>
internal sealed class Decision(string rule, double ratio)
{
    public const string RatioRule = "ratio";
    public const string KeyNodeRule = "key_node";

    public string Rule => rule;

    public double Ratio => ratio;

    public Threshold Threshold { get; } = Threshold.OfRatio(ratio);

    /// <summary>For a trace that has no tracestate yet, which is every trace that begins here.</summary>
    public string TraceState { get; } = OtTraceState.WithThreshold(null, Threshold.OfRatio(ratio));
}

/// <summary>The plan that holds now. A reload makes a new one; settings that are not valid never get this far.</summary>
internal sealed class CurrentPlan : IDisposable
{
    private readonly IDisposable? _watch;
    private volatile SamplingPlan _plan;

    public CurrentPlan(IOptionsMonitor<TraceSamplingOptions> options)
    {
        _plan = new SamplingPlan(options.CurrentValue);
        _watch = options.OnChange(changed => _plan = new SamplingPlan(changed));
    }

    public SamplingPlan Value => _plan;

    public void Dispose() => _watch?.Dispose();
}
