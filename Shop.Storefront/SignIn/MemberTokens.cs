using System.Globalization;
using Microsoft.AspNetCore.Authentication;

namespace Shop.Storefront.SignIn;

/// <summary>The tokens of a member, which are in the encrypted cookie of the session.</summary>
/// <param name="Access">The access token.</param>
/// <param name="Refresh">The refresh token; null if the provider issued none.</param>
/// <param name="ExpiresAt">When the access token expires.</param>
/// <param name="RefreshAt">When the access token is replaced by a new one: halfway to its expiry.</param>
internal sealed record MemberTokens(string Access, string? Refresh, DateTimeOffset ExpiresAt, DateTimeOffset RefreshAt)
{
    private const string AccessName = "access_token";
    private const string RefreshName = "refresh_token";
    private const string ExpiresAtName = "expires_at";
    private const string RefreshAtName = "refresh_at";

    // For a provider that does not return expires_in.
    private static readonly TimeSpan _defaultLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Creates the tokens from the response of a token endpoint.</summary>
    /// <param name="access">The access token.</param>
    /// <param name="refresh">The refresh token.</param>
    /// <param name="expiresIn">The lifetime of the access token in seconds, as the response has it.</param>
    /// <param name="now">The current time.</param>
    public static MemberTokens Create(string access, string? refresh, string? expiresIn, DateTimeOffset now)
    {
        var lifetime = int.TryParse(expiresIn, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : _defaultLifetime;
        return new(access, refresh, now + lifetime, now + (lifetime / 2));
    }

    /// <summary>Reads the tokens of a session; null if it has none.</summary>
    public static MemberTokens? Read(AuthenticationProperties? properties) =>
        properties?.GetTokenValue(AccessName) is { } access
        && TryParse(properties.GetTokenValue(ExpiresAtName)) is { } expiresAt
        && TryParse(properties.GetTokenValue(RefreshAtName)) is { } refreshAt
            ? new(access, properties.GetTokenValue(RefreshName), expiresAt, refreshAt)
            : null;

    /// <summary>Writes the tokens into a session, in place of those that it has.</summary>
    public void Write(AuthenticationProperties properties)
    {
        var tokens = new List<AuthenticationToken>
        {
            new() { Name = AccessName, Value = Access },
            new() { Name = ExpiresAtName, Value = ExpiresAt.ToString("o", CultureInfo.InvariantCulture) },
            new() { Name = RefreshAtName, Value = RefreshAt.ToString("o", CultureInfo.InvariantCulture) },
        };
        if (Refresh is not null)
        {
            tokens.Add(new() { Name = RefreshName, Value = Refresh });
        }

        properties.StoreTokens(tokens);
    }

    private static DateTimeOffset? TryParse(string? text) =>
        DateTimeOffset.TryParseExact(text, "o", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
}
