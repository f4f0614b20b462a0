using Microsoft.Extensions.Options;
using OpenIddict.Server;
using Shop.Identity.Data;
using Shop.Identity.Members;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Shop.Identity.Provider;

/// <summary>Adds the OpenID Connect provider: authorization code with PKCE, refresh tokens and client credentials.</summary>
internal static class ProviderExtensions
{
    // A member stays signed in for this time without a visit.
    private static readonly TimeSpan _refreshTokenLifetime = TimeSpan.FromDays(14);

    private static readonly TimeSpan _authorizationCodeLifetime = TimeSpan.FromMinutes(2);

    public static void AddProvider(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<ProviderOptions, ProviderOptionsValidator>()
            .BindConfiguration(ProviderOptions.Section);
        builder.Services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<IdentityDbContext>().ReplaceDefaultEntities<Guid>())
            .AddServer(server =>
            {
                server.SetConfigurationEndpointUris("sso/.well-known/openid-configuration")
                    .SetJsonWebKeySetEndpointUris("sso/.well-known/jwks")
                    .SetAuthorizationEndpointUris("sso/authorize")
                    .SetTokenEndpointUris("sso/token")
                    .SetRevocationEndpointUris("sso/revoke")
                    .SetEndSessionEndpointUris("sso/logout");
                server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange().AllowRefreshTokenFlow().AllowClientCredentialsFlow();
                server.RegisterScopes(Scopes.Email, Scopes.OfflineAccess, Roles.Member, Roles.Staff);
                server.RegisterClaims(Claims.Subject, Claims.Email, Claims.Role);

                // Services validate the token themselves, like the token of any other provider.
                server.DisableAccessTokenEncryption();
                server.SetAuthorizationCodeLifetime(_authorizationCodeLifetime);
                server.SetRefreshTokenLifetime(_refreshTokenLifetime);
                // A refresh token is short, and its content stays in the database.
                server.UseReferenceRefreshTokens();
                // The storefront authenticates with each refresh. With one-time refresh tokens, a lost response to a refresh would sign the
                // member out.
                server.DisableRollingRefreshTokens();
                server.AddEventHandler(SignInRevocation.Descriptor);
                server.AddEventHandler(ControlCharacterFilter<ExtractAuthorizationRequestContext>.Descriptor)
                    .AddEventHandler(ControlCharacterFilter<ExtractTokenRequestContext>.Descriptor)
                    .AddEventHandler(ControlCharacterFilter<ExtractRevocationRequestContext>.Descriptor)
                    .AddEventHandler(ControlCharacterFilter<ExtractEndSessionRequestContext>.Descriptor);

                server.UseAspNetCore()
                    .EnableAuthorizationEndpointPassthrough()
                    .EnableTokenEndpointPassthrough()
                    .EnableEndSessionEndpointPassthrough()
                    // TLS ends in front of the storefront.
                    .DisableTransportSecurityRequirement();
            });
        builder.Services.AddOptions<OpenIddictServerOptions>().Configure<IOptions<ProviderOptions>>((server, provider) =>
        {
            server.Issuer = provider.Value.IssuerUri;
            server.AccessTokenLifetime = provider.Value.AccessTokenLifetime;
            server.SigningCredentials.Add(new(ProviderKeys.DeriveSigningKey(provider.Value.SigningKey), "ES256"));
            server.EncryptionCredentials.Add(
                new(ProviderKeys.DeriveEncryptionKey(provider.Value.SigningKey), "A256KW", "A256CBC-HS512"));
        });
        builder.Services.AddHostedService<ExpiredTokenWorker>();
        builder.Services.AddExceptionHandler<UnreadableFormHandler>();
    }

    /// <summary>
    /// Adds the middleware that replaces the host name of a request by that of the issuer. Behind the proxy of the storefront, and for
    /// services that call under an internal name, all addresses in responses are public ones.
    /// </summary>
    public static void UsePublicAddress(this WebApplication app)
    {
        var issuer = app.Services.GetRequiredService<IOptions<ProviderOptions>>().Value.IssuerUri;
        var host = HostString.FromUriComponent(issuer);
        app.Use(next => context =>
        {
            if (context.Request.Path.StartsWithSegments(issuer.AbsolutePath))
            {
                (context.Request.Scheme, context.Request.Host) = (issuer.Scheme, host);
            }

            return next(context);
        });
    }

    public static void MapProvider(this IEndpointRouteBuilder routes)
    {
        var endpoints = routes.MapGroup("/sso").AllowAnonymous().DisableAntiforgery();
        endpoints.MapGet("/authorize", AuthorizeEndpoint.HandleAsync);
        endpoints.MapPost("/token", TokenEndpoint.HandleAsync);
        endpoints.MapGet("/logout", (Delegate)EndSessionEndpoint.HandleAsync);
    }
}
