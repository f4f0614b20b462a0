namespace Shop.Telemetry.Tracing;

/// <summary>A segment of paths that spans must not have, because it gives access to something.</summary>
/// <param name="After">The segment before it.</param>
/// <param name="Replace">Returns what spans have in its place.</param>
internal sealed record SecretPathSegment(string After, Func<string, string> Replace)
{
    private readonly string _start = $"/{After}/";

    /// <summary>Returns an address without the secret; <see langword="null"/> if it has none.</summary>
    public string? TryReplace(string address)
    {
        // Routes ignore the case.
        var start = address.IndexOf(_start, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
        {
            return null;
        }

        start += _start.Length;
        var length = address.AsSpan(start).IndexOfAny('/', '?', '#');
        var end = length < 0 ? address.Length : start + length;
        return end > start
            ? string.Concat(address.AsSpan(0, start), Replace(Uri.UnescapeDataString(address[start..end])), address.AsSpan(end))
            : null;
    }
}
