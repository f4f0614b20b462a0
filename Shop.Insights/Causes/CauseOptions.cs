using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Insights.Causes;

/// <summary>The rules by which a lost session is explained: the first one that applies is the cause.</summary>
public sealed class CauseOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:Causes";

    /// <summary>
    /// The rules by cause. The name of a cause has 1 to 40 lower-case letters, digits and underscores. Some rules are there from the start;
    /// configuration changes or disables them and adds others. Up to 30.
    /// </summary>
    public Dictionary<string, CauseRule> Rules { get; } = new(StringComparer.Ordinal)
    {
        ["name_resolution"] = new()
        {
            Precedence = 10,
            Summary = "The address of a service could not be found (DNS)",
            When = "span kind=client error.type=name_resolution_error",
        },
        // The client gives up, so the type of the error is that of a cancellation. A visitor who leaves cancels calls too, but sooner.
        ["connect_timeout"] = new()
        {
            Precedence = 20,
            Summary = "A service did not accept the connection in time",
            When = "span kind=client error.type=System.Threading.Tasks.TaskCanceledException|System.TimeoutException|connection_error "
                + "duration>=1s",
        },
        ["gateway_timeout"] = new()
        {
            Precedence = 30,
            Summary = "A gateway answered in place of a service (504)",
            When = "span kind=client http.response.status_code=504",
        },
        ["third_party_script"] = new()
        {
            Precedence = 40,
            Summary = "A script of another site did not load",
            When = "event browser.error shop.error.source=external",
        },
        ["slow_sign_in"] = new()
        {
            Precedence = 50,
            Summary = "The sign-in took 2 s or longer",
            When = "span kind=client callee.service.name=identity duration>=2s",
        },
        ["downstream_status"] = new()
        {
            Precedence = 60,
            Summary = "A service answered with an error (5xx)",
            When = "span kind=client http.response.status_code>=500",
        },
        // The callback is no route, and leads on to a page.
        ["redirect_without_callback"] = new()
        {
            Precedence = 70,
            Summary = "The visitor was sent to the sign-in and did not return",
            When = "event page.redirected shop.jump.to=/sso/:rest without event page.redirected shop.jump.from=other",
        },
        ["lost_redirect"] = new()
        {
            Precedence = 80,
            Summary = "The page after a redirect was not requested",
            When = "lost-redirect",
        },
    };
}

/// <summary>A rule that explains why a session was lost.</summary>
public sealed class CauseRule
{
    /// <summary>Whether the rule applies.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The rule with the lowest number counts if several apply. 1 to 1000.</summary>
    [Range(1, 1000)]
    public int Precedence { get; set; } = 500;

    /// <summary>The meaning of the cause, for people. Up to 200 characters.</summary>
    public string? Summary { get; set; }

    /// <summary>
    /// The condition, over the spans and events of the session after its last step: <c>span property=value</c>,
    /// <c>event name property=value</c>, the same with <c>without event name property=value</c>, or <c>lost-redirect</c>. The page
    /// docs/causes.md has the properties.
    /// </summary>
    public string When { get; set; } = "";
}

internal sealed class CauseOptionsValidator : IValidateOptions<CauseOptions>
{
    private const int MaxRules = 30;
    private const int MaxNameLength = 40;
    private const int MaxSummaryLength = 200;

    public ValidateOptionsResult Validate(string? name, CauseOptions options)
    {
        var errors = options.Rules.SelectMany(rule => GetErrors(rule.Key, rule.Value)).ToList();
        if (options.Rules.Count > MaxRules)
        {
            errors.Add($"{CauseOptions.Section}:Rules may have at most {MaxRules} rules.");
        }

        return errors.Count > 0 ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> GetErrors(string cause, CauseRule rule)
    {
        var section = $"{CauseOptions.Section}:Rules:{cause}";
        if (cause.Length is 0 or > MaxNameLength
            || cause == CauseResult.None
            || !cause.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '_'))
        {
            yield return $"{section}: the name of a cause must have 1 to {MaxNameLength} lower-case letters, digits and underscores, "
                + $"and not be '{CauseResult.None}'.";
        }

        if (rule.Precedence is < 1 or > 1000)
        {
            yield return $"{section}:{nameof(rule.Precedence)} must be from 1 to 1000.";
        }

        if (rule.Summary?.Length > MaxSummaryLength)
        {
            yield return $"{section}:{nameof(rule.Summary)} must have at most {MaxSummaryLength} characters.";
        }

        if (rule.Enabled && !CauseCondition.TryParse(rule.When, out _, out var error))
        {
            yield return $"{section}:{nameof(rule.When)} is invalid: {error}";
        }
    }
}
