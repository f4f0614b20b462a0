using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Shop.Tests.Support;

/// <summary>Issues bearer tokens as <c>dotnet user-jwts</c> does.</summary>
internal static class BearerTokens
{
    public const string Issuer = "dotnet-user-jwts";
    public const string Audience = "shop";

    /// <param name="signingKey">The key of the issuer, in base64.</param>
    /// <param name="role">The role of the caller; null for none.</param>
    /// <param name="audience">The application that the token is for.</param>
    /// <param name="issuer">The issuer of the token.</param>
    /// <param name="expires">When the token expires.</param>
    /// <param name="subject">The caller; null for a token that does not say.</param>
    public static string Create(
        string signingKey,
        string? role = null,
        string audience = Audience,
        string issuer = Issuer,
        DateTime? expires = null,
        string? subject = "test")
    {
        var claims = new Dictionary<string, object> { ["role"] = role is null ? [] : new[] { role } };
        if (subject is not null)
        {
            claims["sub"] = subject;
        }

        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            NotBefore = DateTime.UnixEpoch,
            Expires = expires ?? DateTime.UtcNow.AddHours(1),
            Claims = claims,
            SigningCredentials = new(new SymmetricSecurityKey(Convert.FromBase64String(signingKey)), SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>The settings of a service that accepts the tokens.</summary>
    /// <param name="signingKey">The key of the issuer, in base64.</param>
    public static (string Name, string? Value)[] Settings(string signingKey) =>
    [
        ("Authentication:Schemes:Bearer:ValidIssuer", Issuer),
        ("Authentication:Schemes:Bearer:ValidAudiences:0", Audience),
        ("Authentication:Schemes:Bearer:SigningKeys:0:Issuer", Issuer),
        ("Authentication:Schemes:Bearer:SigningKeys:0:Value", signingKey),
    ];
}
