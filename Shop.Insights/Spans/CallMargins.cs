namespace Shop.Insights.Spans;

/// <summary>How far the starts of the two spans of a call may be apart.</summary>
internal static class CallMargins
{
    /// <summary>A span and its parent start at about the same time, and the clocks of services differ. 5 min.</summary>
    public static readonly TimeSpan Request = TimeSpan.FromMinutes(5);

    /// <summary>A message may wait. 1 d.</summary>
    public static readonly TimeSpan Message = TimeSpan.FromDays(1);
}
