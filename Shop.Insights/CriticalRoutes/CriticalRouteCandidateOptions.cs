using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Shop.Insights.Funnels;

namespace Shop.Insights.CriticalRoutes;

/// <summary>The pages and events that are candidates for critical routes, although no rule marks them.</summary>
public sealed class CriticalRouteCandidateOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:CriticalRouteCandidates";

    /// <summary>The event that is the conversion: <c>event property=value</c>. The properties are optional.</summary>
    [Required]
    public string Conversion { get; set; } = "payment.accepted";

    /// <summary>The minimum share of all sessions that have a page or event. Rarer ones are not shown. 0 to 1.</summary>
    [Range(0.0, 1.0)]
    public double MinSupport { get; set; } = 0.01;

    /// <summary>The minimum number of sessions that have a page or event. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MinSessions { get; set; } = 20;

    /// <summary>The minimum lift of a candidate. 1 to 1,000.</summary>
    [Range(1.0, 1000.0)]
    public double MinLift { get; set; } = 1.1;

    /// <summary>
    /// The highest Holm-adjusted p-value of a candidate: the probability of one or more false candidates in a result is at most this.
    /// 0 to 1.
    /// </summary>
    [Range(0.0, 1.0)]
    public double MaxPValue { get; set; } = 0.05;
}

[OptionsValidator]
internal sealed partial class CriticalRouteCandidateAnnotationsValidator : IValidateOptions<CriticalRouteCandidateOptions>;

internal sealed class CriticalRouteCandidateOptionsValidator : IValidateOptions<CriticalRouteCandidateOptions>
{
    private readonly CriticalRouteCandidateAnnotationsValidator _annotations = new();

    public ValidateOptionsResult Validate(string? name, CriticalRouteCandidateOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        result.AddResult(_annotations.Validate(name, options));
        if (FunnelStep.Parse(options.Conversion) is null)
        {
            var setting = $"{CriticalRouteCandidateOptions.Section}:{nameof(options.Conversion)}";
            result.AddError($"{setting} is invalid: write 'event' or 'event property=value'.");
        }

        return result.Build();
    }
}
