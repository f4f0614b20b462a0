using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace Shop.Storefront.Canary;

/// <summary>Settings of a canary: a second version of a service, which gets a share of the sessions (docs/canary.md).</summary>
public sealed class CanaryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Canary";

    /// <summary>
    /// The service: `catalog`, `cart` or `orders`. Its second version is found under the name of the service with `-canary`, such as
    /// `services:cart-canary:http:0`. Without it, there is no canary.
    /// </summary>
    [RegularExpression("^(catalog|cart|orders)$")]
    public string? Service { get; set; }

    /// <summary>
    /// The shares of the sessions that the canary gets one after the other, in percent: 1 to 99, rising, separated by commas. After the
    /// last one it gets all.
    /// </summary>
    [Required]
    public string Steps { get; set; } = "3, 10, 25, 50";

    /// <summary>How long the canary has each share at least. 100 ms to 7 d.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "7.00:00:00")]
    public TimeSpan StepDuration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Number of sessions that must have sent a request to the canary at each share at least: some sessions with many requests prove
    /// little. 1 to 10,000.
    /// </summary>
    [Range(1, CanaryStep.MaxSessions)]
    public int MinSessions { get; set; } = 100;

    /// <summary>The name under which the second version is found; null without a canary.</summary>
    internal string? Name => string.IsNullOrEmpty(Service) ? null : $"{Service}-canary";

    /// <summary>The steps as numbers; null if they are not valid.</summary>
    internal IReadOnlyList<int>? ParseSteps()
    {
        var shares = new List<int>();
        foreach (var text in Steps.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var share)
                || share is < 1 or > 99
                || (shares.Count > 0 && share <= shares[^1]))
            {
                return null;
            }

            shares.Add(share);
        }

        return shares;
    }
}

[OptionsValidator]
internal sealed partial class CanaryOptionsValidator : IValidateOptions<CanaryOptions>;

internal sealed class CanaryStepsValidator : IValidateOptions<CanaryOptions>
{
    public ValidateOptionsResult Validate(string? name, CanaryOptions options) => options.ParseSteps() is null
        ? ValidateOptionsResult.Fail(
            $"{CanaryOptions.Section}:{nameof(CanaryOptions.Steps)} must be rising percentages from 1 to 99, separated by commas.")
        : ValidateOptionsResult.Success;
}
