using Shop.Insights.Data;

namespace Shop.Insights.Events;

/// <summary>The partitions of the table <c>events</c>.</summary>
internal sealed class EventPartitions() : DayPartitions("events", advisoryLock: AdvisoryLocks.EventPartitions);
