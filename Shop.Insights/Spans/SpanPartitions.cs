using Shop.Insights.Data;

namespace Shop.Insights.Spans;

/// <summary>The partitions of the table <c>spans</c>.</summary>
internal sealed class SpanPartitions() : DayPartitions("spans", advisoryLock: AdvisoryLocks.SpanPartitions);
