using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using Shop.Identity.Members;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Shop.Identity.Provider;

/// <summary>Writes the clients at each start, with the secrets and addresses of the configuration.</summary>
internal static class ClientSeed
{
    private const string Storefront = "storefront";
    private const string Insights = "shop-insights";
    private const string Tools = "shop-tools";

    public static async Task RunAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var options = services.GetRequiredService<IOptions<ProviderOptions>>().Value;
        var clients = services.GetRequiredService<IOpenIddictApplicationManager>();
        await WriteAsync(clients, CreateStorefront(options), cancellationToken);

        var insights = options is { InsightsUrl: { Length: > 0 } url, InsightsSecret: { Length: > 0 } insightsSecret }
            ? CreateInsights(url, insightsSecret)
            : null;
        await WriteOrDeleteAsync(clients, Insights, insights, cancellationToken);

        var tools = services.GetRequiredService<IHostEnvironment>().IsDevelopment() && options.ToolsSecret is { Length: > 0 } toolsSecret
            ? CreateTools(toolsSecret)
            : null;
        await WriteOrDeleteAsync(clients, Tools, tools, cancellationToken);
    }

    private static OpenIddictApplicationDescriptor CreateStorefront(ProviderOptions options) => new()
    {
        ClientId = Storefront,
        ClientSecret = options.StorefrontSecret,
        ClientType = ClientTypes.Confidential,
        // The storefront is a first-party client, which needs no consent of the members.
        ConsentType = ConsentTypes.Implicit,
        RedirectUris = { new Uri(options.IssuerUri, "/login/callback") },
        PostLogoutRedirectUris = { new Uri(options.IssuerUri, "/") },
        Permissions =
        {
            Permissions.Endpoints.Authorization,
            Permissions.Endpoints.Token,
            Permissions.Endpoints.Revocation,
            Permissions.Endpoints.EndSession,
            Permissions.GrantTypes.AuthorizationCode,
            Permissions.GrantTypes.RefreshToken,
            Permissions.ResponseTypes.Code,
            Permissions.Scopes.Email,
        },
        Requirements = { Requirements.Features.ProofKeyForCodeExchange },
    };

    // Roles are in the tokens of every client. Insights rejects people who are not staff.
    private static OpenIddictApplicationDescriptor CreateInsights(string url, string secret) => new()
    {
        ClientId = Insights,
        ClientSecret = secret,
        ClientType = ClientTypes.Confidential,
        ConsentType = ConsentTypes.Implicit,
        RedirectUris = { new Uri($"{url}/sign-in/callback") },
        PostLogoutRedirectUris = { new Uri($"{url}/sign-out/callback") },
        Permissions =
        {
            Permissions.Endpoints.Authorization,
            Permissions.Endpoints.Token,
            Permissions.Endpoints.EndSession,
            Permissions.GrantTypes.AuthorizationCode,
            Permissions.ResponseTypes.Code,
            Permissions.Scopes.Email,
        },
        Requirements = { Requirements.Features.ProofKeyForCodeExchange },
    };

    private static OpenIddictApplicationDescriptor CreateTools(string secret) => new()
    {
        ClientId = Tools,
        ClientSecret = secret,
        ClientType = ClientTypes.Confidential,
        Permissions =
        {
            Permissions.Endpoints.Token,
            Permissions.GrantTypes.ClientCredentials,
            Permissions.Prefixes.Scope + Roles.Member,
            Permissions.Prefixes.Scope + Roles.Staff,
        },
    };

    private static async Task WriteOrDeleteAsync(
        IOpenIddictApplicationManager clients,
        string clientId,
        OpenIddictApplicationDescriptor? client,
        CancellationToken cancellationToken)
    {
        if (client is not null)
        {
            await WriteAsync(clients, client, cancellationToken);
        }
        else if (await clients.FindByClientIdAsync(clientId, cancellationToken) is { } existing)
        {
            await clients.DeleteAsync(existing, cancellationToken);
        }
    }

    private static async Task WriteAsync(
        IOpenIddictApplicationManager clients, OpenIddictApplicationDescriptor client, CancellationToken cancellationToken)
    {
        if (await clients.FindByClientIdAsync(client.ClientId!, cancellationToken) is { } existing)
        {
            await clients.UpdateAsync(existing, client, cancellationToken);
        }
        else
        {
            await clients.CreateAsync(client, cancellationToken);
        }
    }
}
