namespace Shop.Visitors.Comparison;

/// <summary>The answer of Insights about a funnel: what is compared of it.</summary>
internal sealed record FunnelAnswer(IReadOnlyList<StepAnswer> Steps, IReadOnlyList<GroupAnswer> Groups);

/// <summary>The funnel of a value; null for units without one.</summary>
internal sealed record GroupAnswer(string? Value, IReadOnlyList<StepAnswer> Steps);

/// <summary>A step of a funnel.</summary>
internal sealed record StepAnswer(long Count, double Overall, double Conversion, long Lost);

/// <summary>The answer about paths.</summary>
internal sealed record PathAnswer(long Units, IReadOnlyList<LinkAnswer> Links);

/// <summary>A link of a step of a path to the next one.</summary>
internal sealed record LinkAnswer(int Step, string From, string To, long Count);

/// <summary>The answer about jumps.</summary>
internal sealed record JumpAnswer(DateTimeOffset From, DateTimeOffset To, long Count, IReadOnlyList<PairAnswer> Pairs);

/// <summary>The jumps of a pair of routes.</summary>
internal sealed record PairAnswer(
    string From, string To, int? Status, long Count, long Reached, long NotSeen, long Unknown, double PerMinute);

/// <summary>The answer about the causes of lost sessions.</summary>
internal sealed record CauseAnswer(long Lost, IReadOnlyList<CauseShare> Causes);

/// <summary>A cause, its share with the interval, and examples.</summary>
internal sealed record CauseShare(string Name, long Count, double Low, double High, IReadOnlyList<CauseExample> Examples);

/// <summary>A session that was lost.</summary>
internal sealed record CauseExample(string? SessionId, string? TraceId);

/// <summary>The answer about the ids of events.</summary>
internal sealed record QualityAnswer(IReadOnlyList<EventAnswer> Events);

/// <summary>The events of a service and name, and the shares of them that have the ids.</summary>
internal sealed record EventAnswer(
    string Service, string Name, long Count, double Session, double Journey, double Request, double Trace, double? Experiment);

/// <summary>The answer about a session.</summary>
internal sealed record SessionAnswer(IReadOnlyList<SessionEventAnswer> Events);

/// <summary>An event of a session.</summary>
internal sealed record SessionEventAnswer(Guid EventId, string Name, string? OrderId)
{
    /// <summary>
    /// Gets what makes the event one of several: work on an order that is repeated, because the broker did not confirm its result, emits
    /// its events again with new ids.
    /// </summary>
    public (string, string) Work => (Name, Name == "checkout.repeated" ? $"{EventId}" : OrderId ?? $"{EventId}");
}
