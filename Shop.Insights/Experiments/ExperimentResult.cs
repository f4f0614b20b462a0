using Shop.Insights.Statistics;

namespace Shop.Insights.Experiments;

/// <summary>The experiments of a range.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">End of the range, exclusive.</param>
/// <param name="AsOf">The time of the newest event; null if there is none.</param>
/// <param name="Unit">The unit that is counted: <c>session</c> or <c>journey</c>.</param>
/// <param name="IncludesSynthetic">Whether synthetic visitors (simulated visitors and crawlers) are counted.</param>
/// <param name="Conversion">The event that counts as a conversion.</param>
/// <param name="WindowSeconds">The time from the first exposure to the conversion at most, in seconds.</param>
/// <param name="Experiments">The experiments, by name.</param>
public sealed record ExperimentResult(
    DateTimeOffset From,
    DateTimeOffset To,
    DateTimeOffset? AsOf,
    string Unit,
    bool IncludesSynthetic,
    string Conversion,
    double WindowSeconds,
    IReadOnlyList<ExperimentFigures> Experiments);

/// <summary>An experiment.</summary>
/// <param name="Name">The name.</param>
/// <param name="Exposed">The number of units that saw a variant, also those that are left out.</param>
/// <param name="InSeveralVariants">The number of units that saw several variants. They are left out.</param>
/// <param name="Forced">The number of units whose variant was chosen by the address. They are left out.</param>
/// <param name="SampleRatio">Whether the variants have the expected shares of the assigned units; null with few units.</param>
/// <param name="Variants">The variants: the control, with which the others are compared, and then the others by name.</param>
public sealed record ExperimentFigures(
    string Name,
    long Exposed,
    long InSeveralVariants,
    long Forced,
    SampleRatioTest? SampleRatio,
    IReadOnlyList<VariantFigures> Variants);

/// <summary>A variant.</summary>
/// <param name="Name">The name.</param>
/// <param name="ExpectedShare">The expected share of the units, from 0 to 1.</param>
/// <param name="Units">The number of units.</param>
/// <param name="AssignedUnits">The number of these units in which the visitor was given the variant. The others came back with it.</param>
/// <param name="Share">Their share, from 0 to 1.</param>
/// <param name="Conversions">The number of units that converted after their first exposure.</param>
/// <param name="Rate">The share of the units that converted, from 0 to 1.</param>
/// <param name="Low">The lower end of the 95% interval of the rate; null without units.</param>
/// <param name="High">The upper end of the 95% interval of the rate; null without units.</param>
/// <param name="Difference">The rate minus that of the control; null for the control, and if the control has no units.</param>
/// <param name="Test">Whether the rates differ; null for the control, and with few units.</param>
/// <param name="Paths">The paths; null without expected pages, and without units.</param>
/// <param name="ExactDifference">The share of exact paths minus that of the control; null for the control.</param>
/// <param name="DistanceDifference">The mean distance minus that of the control; null for the control.</param>
public sealed record VariantFigures(
    string Name,
    double ExpectedShare,
    long Units,
    long AssignedUnits,
    double Share,
    long Conversions,
    double Rate,
    double? Low,
    double? High,
    double? Difference,
    ProportionTest? Test,
    PathFigures? Paths,
    double? ExactDifference,
    double? DistanceDifference);
