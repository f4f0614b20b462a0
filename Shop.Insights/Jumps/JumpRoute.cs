namespace Shop.Insights.Jumps;

/// <summary>A pair of routes.</summary>
/// <param name="From">The route that answered.</param>
/// <param name="To">The route that the visitor was sent to, or the status of a request that was refused.</param>
internal readonly record struct JumpRoute(string From, string To)
{
    /// <inheritdoc />
    public override string ToString() => $"{From} -> {To}";
}
