using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// Which traces are kept. Whoever starts a trace decides, once its route is known, and everybody behind follows. All of it can be
/// changed while the service runs; a change that is not valid is not taken, and the settings before it stay.
/// </summary>
public sealed class TraceSamplingOptions
{
    public const string Section = "Shop:TraceSampling";

    /// <summary>The share of traces that is kept where no rule says otherwise; with a target, the most that is.</summary>
    [Range(0.0, 1.0)]
    public double Probability { get; set; } = 1;

    /// <summary>
    /// Kept traces per second, in each replica, that the ratio is steered towards; 0 for a fixed ratio. What rules and key nodes
    /// keep comes on top.
    /// </summary>
    [Range(0.0, 1_000_000.0)]
    public double TargetPerSecond { get; set; } = 100;

    /// <summary>The target never presses the ratio below this.</summary>
    [Range(0.0001, 1.0)]
    public double MinProbability { get; set; } = 0.005;

    /// <summary>How long the steering remembers: a change in traffic is followed to two thirds in this time.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan SmoothingWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>All traces through key nodes (<c>Shop:CriticalRoutes</c>) are kept.</summary>
    public bool AlwaysSampleCriticalRoutes { get; set; } = true;

    /// <summary>Fixed ratios for routes, by a name of your choice. The first that matches counts, in the order of their names.</summary>
    public Dictionary<string, TraceSamplingRuleOptions> Rules { get; } = new(StringComparer.OrdinalIgnoreCase);

    [ValidateObjectMembers]
    public TailSamplingOptions Tail { get; set; } = new();
}

public sealed class TraceSamplingRuleOptions
{
    /// <summary>A regular expression over the route template, as <c>/api/v1/products/{sku}</c>; without look-around or back-references.</summary>
    public string Route { get; set; } = "";

    public double Probability { get; set; } = 1;

    internal static Regex Compile(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}

/// <summary>
/// What is kept of a trace although it was decided against: this service's part of it, when that part failed or was slow. Until
/// it has ended it is held in memory.
/// </summary>
public sealed class TailSamplingOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>A request or message that took at least this long is kept.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan LatencyThreshold { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Spans held at once, over all traces; then the oldest trace is let go.</summary>
    [Range(16, 1_000_000)]
    public int MaxSpans { get; set; } = 20_000;

    /// <summary>Spans held of one trace; what comes later is let go.</summary>
    [Range(1, 100_000)]
    public int MaxSpansPerTrace { get; set; } = 500;
}

[OptionsValidator]
internal sealed partial class TraceSamplingOptionsValidator : IValidateOptions<TraceSamplingOptions>;

internal sealed class TraceSamplingRulesValidator : IValidateOptions<TraceSamplingOptions>
{
    public ValidateOptionsResult Validate(string? name, TraceSamplingOptions options)
    {
        var problems = options.Rules.SelectMany(rule => ProblemsOf($"{TraceSamplingOptions.Section}:Rules:{rule.Key}", rule.Value)).ToList();
        if (options.MinProbability > options.Probability && options.TargetPerSecond > 0)
            problems.Add($"{TraceSamplingOptions.Section}: MinProbability {options.MinProbability} is above Probability {options.Probability}.");
        return problems.Count > 0 ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> ProblemsOf(string section, TraceSamplingRuleOptions rule)
    {
        if (rule.Probability is not (>= 0 and <= 1))
            yield return $"{section}:Probability must be between 0 and 1.";
        if (rule.Route.Length == 0)
            yield return $"{section} has no Route to be found by.";
        if (ProblemOf(rule.Route) is { } problem)
            yield return $"{section}:Route is not a regular expression that can be used here: {problem}";
    }

    private static string? ProblemOf(string pattern)
    {
        try
        {
            TraceSamplingRuleOptions.Compile(pattern);
            return null;
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            return wrong.Message;
        }
    }
}
