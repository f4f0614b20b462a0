namespace Shop.Insights.Quality;

/// <summary>The quality of the events of a range.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">End of the range, exclusive.</param>
/// <param name="AsOf">The time of the newest event; null if there is none.</param>
/// <param name="AgeSeconds">The age of the newest event, in seconds; null if there is none.</param>
/// <param name="IncludesSynthetic">Whether synthetic visitors (simulated visitors and crawlers) are counted.</param>
/// <param name="MinShare">The share that must have an id, from 0 to 1.</param>
/// <param name="Count">The number of events.</param>
/// <param name="Events">The events of each service and name.</param>
/// <param name="Days">What arrived on each day (UTC) of the range, of all visitors.</param>
public sealed record QualityResult(
    DateTimeOffset From,
    DateTimeOffset To,
    DateTimeOffset? AsOf,
    double? AgeSeconds,
    bool IncludesSynthetic,
    double MinShare,
    long Count,
    IReadOnlyList<EventQuality> Events,
    IReadOnlyList<IntakeDay> Days);

/// <summary>The events of a service and name.</summary>
/// <param name="Service">The service.</param>
/// <param name="Name">The name.</param>
/// <param name="Count">The number of events.</param>
/// <param name="PerMinute">The mean rate of the range, per minute.</param>
/// <param name="Newest">The time of the newest one.</param>
/// <param name="Session">The share with the id of a session, from 0 to 1.</param>
/// <param name="Journey">The share with the id of a journey, from 0 to 1.</param>
/// <param name="Request">The share with the id of a request, from 0 to 1.</param>
/// <param name="Trace">The share with the id of a trace, from 0 to 1.</param>
/// <param name="Experiment">
/// The share with an experiment, from 0 to 1, of those of sessions that have seen a variant before; null without such events.
/// </param>
/// <param name="Exposed">The number of events of sessions that have seen a variant before.</param>
/// <param name="Below">The ids whose share is below the limit.</param>
public sealed record EventQuality(
    string Service,
    string Name,
    long Count,
    double PerMinute,
    DateTimeOffset Newest,
    double Session,
    double Journey,
    double Request,
    double Trace,
    double? Experiment,
    long Exposed,
    IReadOnlyList<string> Below);

/// <summary>What arrived on a day.</summary>
/// <param name="Day">The day (UTC).</param>
/// <param name="Stored">Events that were stored.</param>
/// <param name="Duplicates">Events that were stored before.</param>
/// <param name="TooOld">Events of days that are deleted. They were dropped.</param>
/// <param name="Future">Events whose time is more than a day ahead. They were dropped.</param>
/// <param name="MeanLagSeconds">The mean time from an event to its storage, in seconds; null without events.</param>
/// <param name="MaxLagSeconds">The longest time from an event to its storage, in seconds; null without events.</param>
public sealed record IntakeDay(
    DateOnly Day, long Stored, long Duplicates, long TooOld, long Future, double? MeanLagSeconds, double? MaxLagSeconds);
