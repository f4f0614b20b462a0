namespace Aspire.Hosting.Utils;

internal static class EnvironmentVariableName
{
    /// <summary>Replaces what a variable's name may not contain: <c>catalog-api</c> becomes <c>catalog_api</c>.</summary>
    public static string Encode(string name)
    {
        var encoded = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

        return encoded.Length > 0 && char.IsAsciiDigit(encoded[0]) ? $"_{encoded}" : encoded;
    }
}
