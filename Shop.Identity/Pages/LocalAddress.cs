namespace Shop.Identity.Pages;

/// <summary>Addresses to return to after sign-in.</summary>
internal static class LocalAddress
{
    private const string Authorize = "/sso/authorize?";

    /// <summary>Returns the address if it continues a sign-in of a client, otherwise the sign-in of the storefront.</summary>
    /// <param name="address">The address from the query.</param>
    public static string OfSignIn(string? address) =>
        address?.StartsWith(Authorize, StringComparison.Ordinal) == true && !address.Any(char.IsControl) ? address : "/login";
}
