using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling;

/// <summary>The settings as the hot path wants them: compiled, and with a look-up for each route.</summary>
internal sealed class SamplingPolicy(TraceSamplingOptions options)
{
    private const int MaxCachedRoutes = 4096;

    private readonly KeyValuePair<Regex, SamplingRule>[] _rules =
    [
        .. from rule in options.Rules
           orderby rule.Key
           select KeyValuePair.Create(TraceSamplingRuleOptions.Compile(rule.Value.Route), new SamplingRule(rule.Key.ToLowerInvariant(), rule.Value.Probability)),
    ];

    private readonly ConcurrentDictionary<string, SamplingRule?> _routes = new(StringComparer.Ordinal);

    public double Probability => options.Probability;

    public double? Target => options.TargetPerSecond > 0 ? options.TargetPerSecond : null;

    public double MinProbability => options.MinProbability;

    public TimeSpan SmoothingWindow => options.SmoothingWindow;

    public TailSamplingOptions Tail => options.Tail;

    public SamplingRule Default { get; } = new(SamplingRule.DefaultRule, options.Probability);

    public SamplingRule? CriticalRoute { get; } = options.AlwaysSampleCriticalRoutes ? new(SamplingRule.CriticalRouteRule, 1) : null;

    /// <summary>The rule for a route template; null where none matches.</summary>
    public SamplingRule? OfRoute(string route)
    {
        if (_rules.Length == 0)
            return null;
        if (_routes.TryGetValue(route, out var known))
            return known;

        var decision = Array.Find(_rules, rule => rule.Key.IsMatch(route)).Value;
        if (_routes.Count < MaxCachedRoutes)
            _routes[route] = decision;
        return decision;
    }
}

/// <summary>What a rule says of the traces it decides, put into the words of everybody who asks.</summary>
internal sealed class SamplingRule(string rule, double ratio)
{
    public const string DefaultRule = "default";
    public const string CriticalRouteRule = "critical_route";

    public string Rule => rule;

    public double Probability => ratio;

    public SamplingThreshold SamplingThreshold { get; } = SamplingThreshold.FromProbability(ratio);

    /// <summary>For a trace that has no tracestate yet, which is every trace that begins here.</summary>
    public string TraceState { get; } = OtelTraceState.WithThreshold(null, SamplingThreshold.FromProbability(ratio));
}

/// <summary>The plan that holds now. A reload makes a new one; settings that are not valid never get this far.</summary>
internal sealed class SamplingPolicyProvider : IDisposable
{
    private readonly IDisposable? _watch;
    private volatile SamplingPolicy _plan;

    public SamplingPolicyProvider(IOptionsMonitor<TraceSamplingOptions> options)
    {
        _plan = new SamplingPolicy(options.CurrentValue);
        _watch = options.OnChange(changed => _plan = new SamplingPolicy(changed));
    }

    public SamplingPolicy Value => _plan;

    public void Dispose() => _watch?.Dispose();
}
