using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Insights.Experiments;

/// <summary>
/// Expected shares and pages of A/B experiments. Experiments that are not named here are shown with equal shares and without paths.
/// </summary>
public sealed class ExperimentOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:Experiments";

    /// <summary>
    /// The experiments by name. Those of the shop, <c>item_page</c> and <c>checkout</c>, are present from the start, with the shares and
    /// pages of <c>Shop.Storefront/appsettings.json</c>.
    /// </summary>
    public Dictionary<string, ExpectedExperiment> Expected { get; } = new(StringComparer.Ordinal)
    {
        ["item_page"] = new()
        {
            Control = "picture_left",
            Variants =
            {
                ["picture_left"] = new() { Pages = "/products/:sku, /cart, /checkout, /orders/:orderId" },
                ["picture_top"] = new() { Pages = "/products/:sku, /cart, /checkout, /orders/:orderId" },
            },
        },
        ["checkout"] = new()
        {
            Control = "one_page",
            Variants =
            {
                ["one_page"] = new() { Pages = "/cart, /checkout, /orders/:orderId" },
                ["two_steps"] = new() { Pages = "/cart, /checkout, /checkout/payment, /orders/:orderId" },
            },
        },
    };
}

/// <summary>The expected variants of an experiment.</summary>
public sealed class ExpectedExperiment
{
    /// <summary>
    /// The name of the variant that is the current behavior. The others are compared with it. Default: the first one in the order of the
    /// names.
    /// </summary>
    public string? Control { get; set; }

    /// <summary>The variants by name.</summary>
    public Dictionary<string, ExpectedVariant> Variants { get; } = new(StringComparer.Ordinal);
}

/// <summary>The expected share and pages of a variant.</summary>
public sealed class ExpectedVariant
{
    /// <summary>The share of the visitors, in any unit: the shares of the variants are compared with each other. 0.001 to 1000.</summary>
    [Range(0.001, 1000)]
    public double Share { get; set; } = 1;

    /// <summary>
    /// The routes that visitors of the variant are expected to visit, in this order, separated by commas. Up to 1,000 characters.
    /// </summary>
    [StringLength(1000)]
    public string Pages { get; set; } = "";

    /// <summary>Returns the routes.</summary>
    internal IReadOnlyList<string> GetPages() =>
        Pages.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

[OptionsValidator]
internal sealed partial class ExpectedVariantValidator : IValidateOptions<ExpectedVariant>;

internal sealed class ExperimentOptionsValidator : IValidateOptions<ExperimentOptions>
{
    private readonly ExpectedVariantValidator _variant = new();

    public ValidateOptionsResult Validate(string? name, ExperimentOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        foreach (var (experiment, expected) in options.Expected)
        {
            if (expected.Control is { } control && !expected.Variants.ContainsKey(control))
            {
                result.AddError(
                    $"{ExperimentOptions.Section}:{nameof(options.Expected)}:{experiment}:{nameof(expected.Control)}: "
                    + $"'{control}' is not one of the variants.");
            }

            foreach (var (variant, settings) in expected.Variants)
            {
                foreach (var failure in _variant.Validate(name, settings).Failures ?? [])
                {
                    result.AddError($"{ExperimentOptions.Section}:{nameof(options.Expected)}:{experiment}:Variants:{variant}: {failure}");
                }
            }
        }

        return result.Build();
    }
}
