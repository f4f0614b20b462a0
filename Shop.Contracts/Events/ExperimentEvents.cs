using Shop.Telemetry.Events;

namespace Shop.Contracts.Events;

/// <summary>Events of A/B experiments.</summary>
public static class ExperimentEvents
{
    /// <summary>
    /// A visitor was exposed to a variant of an experiment: a page rendered it. The name and the fields are those of OpenTelemetry.
    /// </summary>
    /// <param name="FlagKey">Name of the experiment.</param>
    /// <param name="FlagVariant">Variant that the visitor saw.</param>
    /// <param name="FlagReason">Why it was this variant.</param>
    /// <param name="FlagContextId">Id of the session that the variant was evaluated for.</param>
    /// <param name="FlagProvider">Name of the library that evaluated the flag.</param>
    [Event("feature_flag.evaluation")]
    public sealed record Evaluated(
        string FlagKey, string FlagVariant, string FlagReason, string FlagContextId, string FlagProvider) : ShopEvent;
}
