using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Insights.Funnels;

/// <summary>The funnel that is shown unless the address names other steps.</summary>
public sealed class FunnelOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:Funnel";

    /// <summary>
    /// The steps, separated by semicolons: <c>Label: event property=value</c>. The label and the properties are optional. 2 to 8
    /// steps, up to 1,000 characters.
    /// </summary>
    [Required]
    public string Steps { get; set; } =
        "Page view: page.viewed; Item view: product.viewed; Add to cart: cart.line_added; Checkout: checkout.submitted; "
        + "Payment: payment.accepted";

    /// <summary>The time from the first to the last step at most. 1 s to 30 d.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromDays(1);
}

[OptionsValidator]
internal sealed partial class FunnelAnnotationsValidator : IValidateOptions<FunnelOptions>;

internal sealed class FunnelOptionsValidator : IValidateOptions<FunnelOptions>
{
    private readonly FunnelAnnotationsValidator _annotations = new();

    public ValidateOptionsResult Validate(string? name, FunnelOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        result.AddResult(_annotations.Validate(name, options));
        if (!FunnelStep.TryParseAll(options.Steps, out _, out var error))
        {
            result.AddError($"{FunnelOptions.Section}:{nameof(options.Steps)} is invalid: {error}");
        }

        return result.Build();
    }
}
