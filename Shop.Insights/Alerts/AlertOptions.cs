using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Insights.Alerts;

/// <summary>Alerts on the rate of jumps, and where they are sent.</summary>
public sealed class AlertOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:Alerts";

    /// <summary>
    /// The rules by name: 1 to 64 letters, digits, - and _. <c>login_redirects</c> (<c>/login</c> to <c>/sso/*</c>, over 120 a minute) and
    /// <c>session_invalidation</c> (<c>/api/v1/*</c> to <c>401</c>, over 30 a minute) are present from the start; configuration changes or
    /// disables them and adds others.
    /// </summary>
    public Dictionary<string, AlertRule> Rules { get; } = new(StringComparer.OrdinalIgnoreCase)
    {
        ["login_redirects"] = new()
        {
            From = "/login",
            To = "/sso/*",
            Threshold = 120,
            Summary = "Visitors are sent to the sign-in more often than expected",
        },
        ["session_invalidation"] = new()
        {
            From = "/api/v1/*",
            To = "401",
            Threshold = 30,
            Severity = AlertSeverity.Critical,
            Summary = "Many requests to the API are rejected because the sign-in is not valid",
        },
    };

    /// <summary>Gets or sets whether simulated visitors, such as a load test, count. Crawlers always do.</summary>
    public bool IncludeSynthetic { get; set; }

    /// <summary>Alerts on pairs that no rule matches: their rate is compared with what is usual for the pair.</summary>
    [ValidateObjectMembers]
    public BaselineOptions Baseline { get; set; } = new();

    /// <summary>The Alertmanagers that alerts are sent to.</summary>
    [ValidateObjectMembers]
    public AlertmanagerOptions Alertmanager { get; set; } = new();

    /// <summary>
    /// The webhooks that alerts are sent to, by name: 1 to 64 letters, digits, - and _. Their messages have the form of Slack's.
    /// </summary>
    public Dictionary<string, WebhookOptions> Webhooks { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>A limit for the jumps from some routes to others, together, within one minute.</summary>
public sealed class AlertRule
{
    /// <summary>Gets or sets whether the rule applies.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The route that answers. <c>*</c> stands for any characters. 1 to 128 characters.</summary>
    [Required, StringLength(128)]
    public string From { get; set; } = "";

    /// <summary>The route that visitors are sent to, or <c>401</c>. <c>*</c> stands for any characters. 1 to 128 characters.</summary>
    [Required, StringLength(128)]
    public string To { get; set; } = "";

    /// <summary>The alert begins with more jumps within a minute than this. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int Threshold { get; set; } = 100;

    /// <summary>
    /// The alert ends with fewer jumps within a minute than this. 1 to 1,000,000, at most <c>Threshold</c>. Default: 80% of the threshold.
    /// </summary>
    [Range(1, 1_000_000)]
    public int? ResolveBelow { get; set; }

    /// <summary>How long the rate must stay above the threshold. Until then, the alert is pending and not sent. 0 s to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan For { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The label <c>severity</c>: <c>Warning</c> or <c>Critical</c>.</summary>
    [EnumDataType(typeof(AlertSeverity))]
    public AlertSeverity Severity { get; set; }

    /// <summary>The meaning of the alert, for people. Up to 200 characters.</summary>
    [StringLength(200)]
    public string? Summary { get; set; }
}

/// <summary>The urgency of an alert.</summary>
public enum AlertSeverity
{
    /// <summary>Somebody should look at it today.</summary>
    Warning,

    /// <summary>Somebody should look at it now.</summary>
    Critical,
}

/// <summary>The usual rate of a pair of routes, learned from its last hours.</summary>
public sealed class BaselineOptions
{
    /// <summary>Gets or sets whether the rates of pairs are compared with the usual ones.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The time from which a baseline is learned. A pair has none before an hour of jumps is stored. 1 h to 2 d.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "2.00:00:00")]
    public TimeSpan History { get; set; } = TimeSpan.FromHours(6);

    /// <summary>An alert begins when the rate is above the median by more than this number of standard deviations. 3 to 100.</summary>
    [Range(3, 100)]
    public double Deviations { get; set; } = 6;

    /// <summary>An alert needs more jumps within a minute than this. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MinCount { get; set; } = 30;

    /// <summary>How long the rate must stay above the limit. 0 s to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan For { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>A cluster of Alertmanagers (API v2), or a single one.</summary>
public sealed class AlertmanagerOptions
{
    /// <summary>The number of addresses at most.</summary>
    public const int MaxUrls = 4;

    /// <summary>
    /// The addresses of all members, such as <c>http://alertmanager-0:9093</c>, and not that of a load balancer: each is sent all alerts.
    /// Without one, no alerts are sent to an Alertmanager. Up to 4.
    /// </summary>
    public List<string> Urls { get; } = [];

    /// <summary>
    /// An alert that is firing, or has ended less than 15 minutes ago, is sent again after this time. The Alertmanager resolves a firing
    /// one when it has not arrived four times. 1 s to 5 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan ResendInterval { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>A webhook.</summary>
public sealed class WebhookOptions
{
    /// <summary>Its address.</summary>
    [Required]
    public string Url { get; set; } = "";

    /// <summary>The secret that signs messages. 32 to 256 characters. Without it, they are not signed, as Slack expects.</summary>
    [StringLength(256, MinimumLength = 32)]
    public string? Secret { get; set; }
}

[OptionsValidator]
internal sealed partial class AlertAnnotationsValidator : IValidateOptions<AlertOptions>;

[OptionsValidator]
internal sealed partial class AlertRuleValidator : IValidateOptions<AlertRule>;

[OptionsValidator]
internal sealed partial class WebhookOptionsValidator : IValidateOptions<WebhookOptions>;

internal sealed class AlertOptionsValidator : IValidateOptions<AlertOptions>
{
    private const int MaxNameLength = 64;

    private readonly AlertAnnotationsValidator _annotations = new();
    private readonly AlertRuleValidator _rule = new();
    private readonly WebhookOptionsValidator _webhook = new();

    public ValidateOptionsResult Validate(string? name, AlertOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        result.AddResult(_annotations.Validate(name, options));
        // The generated validator does not look into lists of strings and dictionaries.
        if (options.Alertmanager.Urls.Count > AlertmanagerOptions.MaxUrls)
        {
            result.AddError(
                $"{AlertOptions.Section}:{nameof(options.Alertmanager)}:{nameof(options.Alertmanager.Urls)} has more than "
                + $"{AlertmanagerOptions.MaxUrls} addresses.");
        }

        for (var index = 0; index < options.Alertmanager.Urls.Count; index++)
        {
            AddAddressError(
                result,
                $"{AlertOptions.Section}:{nameof(options.Alertmanager)}:{nameof(options.Alertmanager.Urls)}:{index}",
                options.Alertmanager.Urls[index]);
        }

        foreach (var (key, rule) in options.Rules)
        {
            var setting = $"{AlertOptions.Section}:{nameof(options.Rules)}:{key}";
            AddErrors(result, setting, key, _rule.Validate(name, rule));
            if (rule.ResolveBelow > rule.Threshold)
            {
                result.AddError($"{setting}:{nameof(rule.ResolveBelow)} must not be above {nameof(rule.Threshold)}.");
            }
        }

        foreach (var (key, webhook) in options.Webhooks)
        {
            var setting = $"{AlertOptions.Section}:{nameof(options.Webhooks)}:{key}";
            AddErrors(result, setting, key, _webhook.Validate(name, webhook));
            AddAddressError(result, $"{setting}:{nameof(webhook.Url)}", webhook.Url);
        }

        return result.Build();
    }

    private static void AddAddressError(ValidateOptionsResultBuilder result, string setting, string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            result.AddError($"{setting} must be an absolute address with the scheme http or https.");
        }
    }

    private static void AddErrors(ValidateOptionsResultBuilder result, string setting, string key, ValidateOptionsResult errors)
    {
        if (key is Alert.CountMismatch or Alert.MissingIds or AlertEvaluator.BaselineRule)
        {
            result.AddError($"{setting}: the name belongs to a rule of Insights.");
        }

        if (key.Length > MaxNameLength || !key.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-'))
        {
            result.AddError($"{setting}: the name must have 1 to {MaxNameLength} letters, digits, - and _.");
        }

        foreach (var failure in errors.Failures ?? [])
        {
            result.AddError($"{setting}: {failure}");
        }
    }
}
