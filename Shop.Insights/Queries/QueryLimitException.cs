namespace Shop.Insights.Queries;

/// <summary>The result of a query has more rows than the memory of the service should hold: the range must be shorter.</summary>
internal sealed class QueryLimitException(string message) : Exception(message)
{
    /// <summary>The field of the range, which the problem names.</summary>
    public const string Field = "from";

    /// <summary>Checks that one more row is within the limit.</summary>
    /// <exception cref="QueryLimitException">It is not.</exception>
    public static void Check(long count, long max, string rows)
    {
        if (count >= max)
        {
            throw new QueryLimitException(FormattableString.Invariant($"The range has more than {max:N0} {rows}. Choose a shorter one."));
        }
    }
}
