using System.Text.RegularExpressions;

namespace Shop.Telemetry.Sampling;

/// <summary>An immutable, compiled form of <see cref="TraceSamplingOptions"/> for the hot path.</summary>
internal sealed class SamplingPolicy
{
    private readonly TraceSamplingOptions _options;
    private readonly (Regex Route, SamplingRule Rule)[] _rules;
    private readonly BoundedCache<string, SamplingRule?> _rulesByRoute;

    public SamplingPolicy(TraceSamplingOptions options)
    {
        _options = options;
        _rules =
        [
            .. from rule in options.Rules
               orderby rule.Key
               select (SamplingPattern.Compile(rule.Value.Route), new SamplingRule(rule.Key.ToLowerInvariant(), rule.Value.Probability)),
        ];
        _rulesByRoute = new(route => Array.Find(_rules, rule => rule.Route.IsMatch(route)).Rule);
        DefaultRule = new SamplingRule(SamplingRule.DefaultName, options.Probability);
        CriticalRouteRule = options.AlwaysSampleCriticalRoutes ? new SamplingRule(SamplingRule.CriticalRouteName, 1) : null;
    }

    /// <summary>The fixed probability, or the upper limit of the adaptive probability.</summary>
    public double Probability => _options.Probability;

    /// <summary>The target of adaptive sampling in traces per second; null when the probability is fixed.</summary>
    public double? TargetPerSecond => _options.TargetPerSecond > 0 ? _options.TargetPerSecond : null;

    public double MinProbability => _options.MinProbability;

    public TimeSpan SmoothingWindow => _options.SmoothingWindow;

    public TailSamplingOptions Tail => _options.Tail;

    /// <summary>The rule with the fixed probability for traces that no other rule matches.</summary>
    public SamplingRule DefaultRule { get; }

    /// <summary>The rule that samples every trace through a critical route; null when critical routes get no special treatment.</summary>
    public SamplingRule? CriticalRouteRule { get; }

    /// <summary>Finds the first configured rule that matches a route template; null when none does.</summary>
    public SamplingRule? FindRule(string route) => _rules.Length == 0 ? null : _rulesByRoute.GetOrCompute(route);
}
