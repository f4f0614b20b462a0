namespace Shop.Insights.Queries;

/// <summary>The SQL of scopes.</summary>
internal static class EventScopeSql
{
    /// <summary>Returns the condition that leaves synthetic visitors out, from AND on; empty if they count.</summary>
    public static string GetSyntheticCondition(this EventScope scope) => scope.IncludesSynthetic ? "" : " AND NOT synthetic";

    /// <summary>Returns the column that identifies a unit.</summary>
    public static string GetColumn(this EventUnit unit) => unit switch
    {
        EventUnit.Session => "session_id",
        EventUnit.Journey => "journey_id",
        _ => throw new ArgumentOutOfRangeException(nameof(unit)),
    };

    /// <summary>Returns the expression for a dimension.</summary>
    public static string GetExpression(this EventDimension dimension) => dimension switch
    {
        EventDimension.Segment => "segment",
        EventDimension.Variant => "experiment || ':' || variant",
        EventDimension.Source => "source",
        EventDimension.Device => "device",
        _ => throw new ArgumentOutOfRangeException(nameof(dimension)),
    };
}
