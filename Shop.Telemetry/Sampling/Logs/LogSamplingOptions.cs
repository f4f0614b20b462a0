using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>
/// How much of the log is kept, each knob with the value that it has when nobody turns it. A change of the configuration counts at
/// once, unless it is wrong: then that is logged, and what was stays.
/// </summary>
public sealed class LogSamplingOptions
{
    public const string Section = "Shop:LogSampling";

    /// <summary>Without it everything is kept that <c>Logging:LogLevel</c> lets through.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Lines a second that this process keeps when there are more, of those that no rule gives a probability.</summary>
    [Range(1, 1_000_000)]
    public int TargetPerSecond { get; set; } = 500;

    /// <summary>The share of lines that is kept at least, however many there are.</summary>
    [Range(0.0001, 1)]
    public double MinProbability { get; set; } = 0.005;

    /// <summary>From this level on, every line is kept.</summary>
    [AllowedValues(LogLevel.Warning, LogLevel.Error)]
    public LogLevel AlwaysKeepLevel { get; set; } = LogLevel.Error;

    /// <summary>Keeps the lines of every trace that is recorded, so that a trace leads to its log.</summary>
    public bool AlwaysKeepSampledTraces { get; set; } = true;

    /// <summary>Keeps all lines of requests and messages that are part of a key node (<c>Shop:CriticalRoutes</c>).</summary>
    public bool AlwaysSampleCriticalRoutes { get; set; } = true;

    /// <summary>
    /// By a name of your choice, which the metrics call them by. The first that fits a line decides, in the order of their names; a
    /// line that none fits follows <see cref="TargetPerSecond"/>.
    /// </summary>
    public Dictionary<string, LogSamplingRuleOptions> Rules { get; } = new(StringComparer.OrdinalIgnoreCase);
}

public sealed class LogSamplingRuleOptions
{
    /// <summary>How the category begins: <c>Microsoft.EntityFrameworkCore</c>. Any, when it is not set.</summary>
    public string? Category { get; set; }

    /// <summary>This level and those below.</summary>
    public LogLevel Level { get; set; } = LogLevel.Warning;

    /// <summary>The share that is kept; when it is not set, it follows <see cref="LogSamplingOptions.TargetPerSecond"/>.</summary>
    public double? Probability { get; set; }
}

[OptionsValidator]
internal sealed partial class LogSamplingOptionsValidator : IValidateOptions<LogSamplingOptions>;

internal sealed class LogSamplingRulesValidator : IValidateOptions<LogSamplingOptions>
{
    public ValidateOptionsResult Validate(string? name, LogSamplingOptions options)
    {
        var problems = options.Rules.Where(rule => rule.Value.Probability is not (null or (>= 0 and <= 1)))
            .Select(rule => $"{LogSamplingOptions.Section}:Rules:{rule.Key}:Probability must be between 0 and 1.").ToList();
        return problems.Count > 0 ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }
}
