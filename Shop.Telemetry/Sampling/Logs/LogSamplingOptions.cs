using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>Configures the sampling of logs.</summary>
/// <remarks>
/// A configuration change applies to the next log record without a restart; an invalid change is logged and the previous settings stay
/// in effect. Warnings, errors, journey events and audit records are never sampled.
/// </remarks>
public sealed class LogSamplingOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Shop:LogSampling";

    /// <summary>
    /// Gets or sets whether logs are sampled. When false, every record that passes <c>Logging:LogLevel</c> is written. The default is true.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Gets or sets the number of sampled log records per second and process, from 1 to 1,000,000, to which the probability of records
    /// without a fixed probability adapts. The default is 500.
    /// </summary>
    [Range(1, 1_000_000)]
    public int TargetPerSecond { get; set; } = 500;

    /// <summary>Gets or sets the lower limit of the adaptive probability, from 0.0001 to 1. The default is 0.005.</summary>
    [Range(0.0001, 1)]
    public double MinProbability { get; set; } = 0.005;

    /// <summary>
    /// Gets or sets whether every log record of a sampled trace is written, so that the logs of each exported trace are complete. The
    /// default is true.
    /// </summary>
    public bool AlwaysKeepSampledTraces { get; set; } = true;

    /// <summary>
    /// Gets or sets whether every log record of a request or message on a critical route (<c>Shop:CriticalRoutes</c>) is written. The
    /// default is true.
    /// </summary>
    public bool AlwaysSampleCriticalRoutes { get; set; } = true;

    /// <summary>
    /// Gets the rules by name. The first matching rule in the order of the names applies; a record that no rule matches is sampled with
    /// the adaptive probability. The name is the value of <c>shop.log.rule</c> in the sampling metrics.
    /// </summary>
    public Dictionary<string, LogSamplingRuleOptions> Rules { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>Selects log records by category and level, and optionally gives them a fixed sampling probability.</summary>
public sealed class LogSamplingRuleOptions
{
    /// <summary>
    /// Gets or sets the prefix of the log categories, for example <c>Microsoft.EntityFrameworkCore</c>; null for all categories. It is
    /// case-insensitive.
    /// </summary>
    public string? Category { get; set; }

    /// <summary>
    /// Gets or sets the highest level of the log records. Warnings and errors are never sampled. The default is
    /// <see cref="LogLevel.Information"/>.
    /// </summary>
    public LogLevel Level { get; set; } = LogLevel.Information;

    /// <summary>Gets or sets the fixed sampling probability, from 0 to 1; null for the adaptive probability. The default is null.</summary>
    public double? Probability { get; set; }
}

[OptionsValidator]
internal sealed partial class LogSamplingOptionsValidator : IValidateOptions<LogSamplingOptions>;

/// <summary>Validates the rules, which the validation by data annotations does not reach.</summary>
internal sealed class LogSamplingRulesValidator : IValidateOptions<LogSamplingOptions>
{
    public ValidateOptionsResult Validate(string? name, LogSamplingOptions options)
    {
        var errors = options.Rules.Where(rule => rule.Value.Probability is not (null or (>= 0 and <= 1)))
            .Select(rule => $"{LogSamplingOptions.Section}:Rules:{rule.Key}:Probability must be between 0 and 1.").ToList();
        return errors.Count > 0 ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
    }
}
