using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Web.Sessions;

namespace Shop.Storefront.Experiments;

/// <summary>
/// Selects the variants that the visitor of a request sees. A visitor takes part in one experiment at a time, and keeps its variant over
/// all sessions while the experiment runs. See docs/ab-testing.md.
/// </summary>
/// <param name="flags">Evaluates the variant feature flags.</param>
/// <param name="http">The request.</param>
/// <param name="events">Records the exposures.</param>
/// <param name="environment">Forced variants are for other environments than Production.</param>
internal sealed class ExperimentVariants(
    IVariantFeatureManager flags, IHttpContextAccessor http, JourneyEvents events, IHostEnvironment environment)
{
    private const string Provider = "Microsoft.FeatureManagement";

    // Values of feature_flag.result.reason.
    private const string Split = "split";
    private const string Cached = "cached";
    private const string Static = "static";

    // Components of one page may ask for the same variant, and it is one exposure.
    private readonly Dictionary<string, string> _selected = new(StringComparer.Ordinal);

    /// <summary>
    /// Returns the variant of an experiment that the page has to render, and records that the visitor is exposed to it. Call it only where
    /// the variants differ, because visitors who see no difference dilute the result.
    /// </summary>
    /// <param name="experiment">The name of the experiment, one of <see cref="ShopExperiments"/>.</param>
    /// <param name="cancellationToken">Cancels the evaluation.</param>
    /// <returns>The variant; the first one of the experiment, without an exposure, if the visitor does not take part.</returns>
    public async ValueTask<string> GetAsync(string experiment, CancellationToken cancellationToken)
    {
        if (_selected.TryGetValue(experiment, out var selected))
        {
            return selected;
        }

        var variants = ShopExperiments.All[experiment];
        var session = http.HttpContext?.Features.Get<VisitorSession>();
        if (session is not null && await SelectAsync(experiment, variants, session, cancellationToken) is var (variant, reason))
        {
            if (session.Experiment != experiment || session.ExperimentGroup != variant)
            {
                session.JoinExperiment(experiment, variant);
            }

            events.Emit(new ExperimentEvents.Evaluated(experiment, variant, reason, session.SessionId, Provider));
            return _selected[experiment] = variant;
        }

        return _selected[experiment] = variants[0];
    }

    private async ValueTask<(string Variant, string Reason)?> SelectAsync(
        string experiment, IReadOnlyList<string> variants, VisitorSession session, CancellationToken cancellationToken)
    {
        if (!environment.IsProduction() && ForcedVariant.Find(http.HttpContext!.Request) is var (name, forced) && name == experiment)
        {
            return (forced, Static);
        }

        if (session.Experiment != experiment && await IsRunningAsync(session.Experiment, cancellationToken)
            || !await IsRunningAsync(experiment, cancellationToken))
        {
            return null;
        }

        if (session.Experiment == experiment && variants.Contains(session.ExperimentGroup))
        {
            return (session.ExperimentGroup, Cached);
        }

        var context = new TargetingContext { UserId = session.VisitorId, Groups = [] };
        return await flags.GetVariantAsync(experiment, context, cancellationToken) is { } variant ? (variant.Name, Split) : null;
    }

    private async ValueTask<bool> IsRunningAsync(string experiment, CancellationToken cancellationToken) =>
        ShopExperiments.All.ContainsKey(experiment) && await flags.IsEnabledAsync(experiment, cancellationToken);
}
