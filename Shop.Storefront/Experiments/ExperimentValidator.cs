using Microsoft.Extensions.Options;
using Microsoft.FeatureManagement;
using Shop.Telemetry.Journeys;

namespace Shop.Storefront.Experiments;

/// <summary>
/// Finds mistakes in the feature flags of experiments. A flag that is not an experiment has no variants, and is not validated.
/// </summary>
internal static class ExperimentValidator
{
    /// <summary>The setting of a variant with the routes that its visitors are expected to walk, in this order.</summary>
    public const string Pages = "pages";

    private const int MinPages = 2;

    /// <summary>Validates all experiments.</summary>
    /// <param name="flags">All feature flags.</param>
    /// <param name="experiments">The experiments and variants that pages know.</param>
    /// <param name="routes">The routes of the storefront, such as <c>/products/:Sku</c>.</param>
    /// <returns>Success, or the errors.</returns>
    public static ValidateOptionsResult Validate(
        IEnumerable<FeatureDefinition> flags,
        IReadOnlyDictionary<string, IReadOnlyList<string>> experiments,
        IReadOnlySet<string> routes)
    {
        var result = new ValidateOptionsResultBuilder();
        var running = new List<(string Experiment, string Seed, PercentileAllocation Share)>();
        foreach (var flag in flags.Where(flag => flag.Variants.Any()))
        {
            if (!experiments.TryGetValue(flag.Name, out var variants))
            {
                result.AddError($"{flag.Name}: no page knows this experiment.");
                continue;
            }

            foreach (var error in FindErrors(flag, variants, routes))
            {
                result.AddError($"{flag.Name}: {error}");
            }

            if (flag.EnabledFor.Any())
            {
                running.AddRange(from share in flag.Allocation?.Percentile ?? [] select (flag.Name, flag.Allocation!.Seed, share));
            }
        }

        if (running.Select(share => share.Seed).Distinct().Count() > 1)
        {
            result.AddError("All experiments must have the same seed, so that their shares exclude each other.");
        }

        foreach (var (first, second) in running.OrderBy(share => share.Share.From).Zip(running.OrderBy(share => share.Share.From).Skip(1)))
        {
            if (second.Share.From < first.Share.To)
            {
                result.AddError(
                    $"{first.Experiment} and {second.Experiment}: the shares of {first.Share.Variant} and {second.Share.Variant} overlap.");
            }
        }

        return result.Build();
    }

    private static IEnumerable<string> FindErrors(
        FeatureDefinition flag, IReadOnlyList<string> knownVariants, IReadOnlySet<string> routes)
    {
        if (!JourneyKeys.IsValid(JourneyKeys.Experiment, flag.Name))
        {
            yield return "the name must have 1 to 64 letters, digits or -_.:";
        }

        var variants = flag.Variants.Select(variant => variant.Name).ToList();
        if (!variants.Order().SequenceEqual(knownVariants.Order()))
        {
            yield return $"the variants must be {string.Join(", ", knownVariants)}.";
        }

        foreach (var variant in flag.Variants)
        {
            var pages = variant.ConfigurationValue.GetSection(Pages).Get<string[]>() ?? [];
            if (pages.Length < MinPages)
            {
                yield return $"{variant.Name}: configuration_value:{Pages} must have at least {MinPages} routes.";
            }

            foreach (var page in pages.Where(page => !routes.Contains(page)))
            {
                yield return $"{variant.Name}: '{page}' is not a route of the storefront.";
            }
        }

        if (flag.Allocation is not { Seed.Length: > 0, Percentile: { } shares } allocation || !shares.Any())
        {
            yield return "allocation must have a seed and shares (percentile).";
            yield break;
        }

        if (allocation.DefaultWhenEnabled is not null || allocation.DefaultWhenDisabled is not null
            || allocation.User?.Any() == true || allocation.Group?.Any() == true)
        {
            yield return "allocation must have shares only: other visitors do not take part.";
        }

        foreach (var share in shares)
        {
            if (!variants.Contains(share.Variant))
            {
                yield return $"allocation: '{share.Variant}' is not a variant.";
            }

            if (share.From < 0 || share.To > 100 || share.From >= share.To)
            {
                yield return $"allocation: {share.Variant} must have 0 <= from < to <= 100.";
            }
        }
    }
}
