using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling;

/// <summary>Configures head and tail sampling of traces.</summary>
/// <remarks>
/// The service that starts a trace makes the head decision, once the route of the request is known. The services that it calls follow
/// the decision. A configuration change applies to the next trace without a restart; an invalid change is rejected and the previous
/// settings stay in effect.
/// </remarks>
public sealed class TraceSamplingOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Shop:TraceSampling";

    /// <summary>
    /// Gets or sets the probability, 0 or from 0.000001 to 1, with which a trace is sampled that no rule matches. It is fixed when
    /// <see cref="TargetPerSecond"/> is 0, and the upper limit of the adaptive probability otherwise. The default is 1.
    /// </summary>
    public double Probability { get; set; } = 1;

    /// <summary>
    /// Gets or sets the number of sampled traces per second and replica, from 0 to 1,000,000, to which the probability adapts; 0 turns
    /// adaptive sampling off. Traces that are sampled by <see cref="Rules"/> or as critical routes are additional. The default is 100.
    /// </summary>
    [Range(0.0, 1_000_000.0)]
    public double TargetPerSecond { get; set; } = 100;

    /// <summary>Gets or sets the lower limit of the adaptive probability, from 0.0001 to 1. The default is 0.005.</summary>
    [Range(0.0001, 1.0)]
    public double MinProbability { get; set; } = 0.005;

    /// <summary>
    /// Gets or sets the time constant of the moving average of the traffic, from 1 second to 10 minutes. After this time the adaptive
    /// probability reflects about two thirds of a change in traffic. The default is 10 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan SmoothingWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Gets or sets whether every trace through a critical route (<c>Shop:CriticalRoutes</c>) is sampled. The default is true.
    /// </summary>
    public bool AlwaysSampleCriticalRoutes { get; set; } = true;

    /// <summary>
    /// Gets the fixed probabilities of routes, by rule name. The first matching rule in the order of the names applies. The name is the
    /// value of <c>shop.sampling.rule</c> in the sampling metrics.
    /// </summary>
    public Dictionary<string, TraceSamplingRuleOptions> Rules { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets or sets the tail sampling of traces whose head decision was negative.</summary>
    [ValidateObjectMembers]
    public TailSamplingOptions Tail { get; set; } = new();
}

/// <summary>A fixed sampling probability for the traces that start with a matching route.</summary>
public sealed class TraceSamplingRuleOptions
{
    /// <summary>
    /// Gets or sets a regular expression over the route template, for example <c>/api/v1/items/{id}</c>. It is case-insensitive;
    /// lookarounds and backreferences are not supported. Required.
    /// </summary>
    public string Route { get; set; } = "";

    /// <summary>Gets or sets the sampling probability, 0 or from 0.000001 to 1. The default is 1.</summary>
    public double Probability { get; set; } = 1;
}

[OptionsValidator]
internal sealed partial class TraceSamplingOptionsValidator : IValidateOptions<TraceSamplingOptions>;

/// <summary>Validates what data annotations cannot express: the rules, and the order of the two probabilities.</summary>
internal sealed class TraceSamplingRulesValidator : IValidateOptions<TraceSamplingOptions>
{
    private const string ProbabilityRange = "must be 0 or between 0.000001 and 1.";

    public ValidateOptionsResult Validate(string? name, TraceSamplingOptions options)
    {
        var errors = options.Rules.SelectMany(rule => GetErrors($"{TraceSamplingOptions.Section}:Rules:{rule.Key}", rule.Value)).ToList();
        if (!IsProbability(options.Probability))
        {
            errors.Add($"{TraceSamplingOptions.Section}:Probability {ProbabilityRange}");
        }

        if (options.MinProbability > options.Probability && options.TargetPerSecond > 0)
        {
            errors.Add($"{TraceSamplingOptions.Section}: MinProbability ({options.MinProbability}) must not be greater than "
                + $"Probability ({options.Probability}).");
        }

        return errors.Count > 0 ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
    }

    internal static bool IsProbability(double value) => value is 0 or (>= SamplingThreshold.MinProbability and <= 1);

    private static IEnumerable<string> GetErrors(string section, TraceSamplingRuleOptions rule)
    {
        if (!IsProbability(rule.Probability))
        {
            yield return $"{section}:Probability {ProbabilityRange}";
        }

        if (rule.Route.Length == 0)
        {
            yield return $"{section}:Route is required.";
        }

        if (SamplingPattern.GetError($"{section}:Route", rule.Route) is { } error)
        {
            yield return error;
        }
    }
}
