using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;

namespace Shop.AppHost.Infrastructure;

/// <summary>Lets <c>dotnet user-jwts</c> issue the tokens of staff while there is no identity provider.</summary>
internal static class StaffTokenExtensions
{
    private const string Issuer = "dotnet-user-jwts";
    private const string Audience = "shop";
    private const string SigningKey = "Authentication:Schemes:Bearer:SigningKeys:0";
    private const int KeyLength = 32;

    /// <summary>
    /// Adds the signing key of development, which <c>dotnet user-jwts</c> finds in the user secrets of the AppHost.
    /// <see langword="null"/> outside of Development: a deployment configures <c>Authentication:Schemes:Bearer</c> of its services.
    /// </summary>
    public static IResourceBuilder<ParameterResource>? AddStaffTokenKey(this IDistributedApplicationBuilder builder)
    {
        if (!builder.ExecutionContext.IsRunMode || !builder.Environment.IsDevelopment())
        {
            return null;
        }

        // user-jwts reads all four, and creates the key itself if it runs before the first start of the AppHost.
        EnsureSecret("Value", () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength)));
        EnsureSecret("Id", () => RandomNumberGenerator.GetHexString(8, lowercase: true));
        EnsureSecret("Issuer", () => Issuer);
        EnsureSecret("Length", () => $"{KeyLength}");
        return builder.AddParameterFromConfiguration("staff-token-key", $"{SigningKey}:Value", secret: true);

        void EnsureSecret(string name, Func<string> create) =>
            builder.UserSecretsManager.GetOrSetSecret(builder.Configuration, $"{SigningKey}:{name}", create);
    }

    /// <summary>Makes a service accept the tokens that are signed with the key of <see cref="AddStaffTokenKey"/>.</summary>
    public static IResourceBuilder<ProjectResource> WithStaffTokens(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<ParameterResource>? key) =>
        key is null
            ? service
            : service
                .WithEnvironment("Authentication__Schemes__Bearer__ValidIssuer", Issuer)
                .WithEnvironment("Authentication__Schemes__Bearer__ValidAudiences__0", Audience)
                .WithEnvironment("Authentication__Schemes__Bearer__SigningKeys__0__Issuer", Issuer)
                .WithEnvironment("Authentication__Schemes__Bearer__SigningKeys__0__Value", key);
}
