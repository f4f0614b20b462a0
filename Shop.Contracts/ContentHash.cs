namespace Shop.Contracts;

/// <summary>
/// The content of a checkout as a hash: <c>v1:BODY:LINES</c>, the request and its lines. Cart computes it; only hashes of the same version
/// can be compared.
/// </summary>
public static class ContentHash
{
    /// <summary>Maximum length of a hash of any version, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>
    /// Returns true if both hashes are known, have the same version and differ. False means the same content, or that it cannot be told.
    /// </summary>
    public static bool Differs(string? left, string? right) =>
        left is not null && right is not null && left != right && Version(left).SequenceEqual(Version(right));

    private static ReadOnlySpan<char> Version(string hash) => hash.AsSpan(0, int.Max(hash.IndexOf(':'), 0));
}
