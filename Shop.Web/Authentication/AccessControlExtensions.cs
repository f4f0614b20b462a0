using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Shop.Telemetry.Sampling.CriticalRoutes;
using Shop.Web.Authentication;

namespace Microsoft.Extensions.Hosting;

/// <summary>Decides who may call an endpoint.</summary>
public static class AccessControlExtensions
{
    private const string RoleClaim = "role";

    private static readonly TimeSpan _providerTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Adds the policies of <see cref="AuthorizationPolicies"/>. Bearer tokens are validated as <c>Authentication:Schemes:Bearer</c> says;
    /// without that section every token is rejected. Services prove who they are with <c>Shop:ServiceKey</c>.
    /// </summary>
    public static void AddAccessControl(this IHostApplicationBuilder builder)
    {
        // No default scheme authenticates: a token is validated only where a policy asks for it, so that a provider that does not answer
        // delays nobody else.
        builder.Services.AddOptions<BearerSettings>().BindConfiguration(BearerSettings.ConfigurationSection).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<BearerSettings>, BearerSettingsValidator>();
        // Before the section, which can set another timeout. Less than the timeout of a request, so that the answer is 401.
        builder.Services.Configure<JwtBearerOptions>(
            JwtBearerDefaults.AuthenticationScheme, static options => options.BackchannelTimeout = _providerTimeout);
        builder.Services.AddAuthentication(options => options.DefaultChallengeScheme = JwtBearerDefaults.AuthenticationScheme)
            .AddJwtBearer()
            .AddScheme<AuthenticationSchemeOptions, ServiceKeyAuthenticationHandler>(ServiceKeyAuthenticationHandler.SchemeName, null);
        builder.Services.Configure<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme, options =>
        {
            // Claims keep the names that they have in the token.
            options.MapInboundClaims = false;
            options.TokenValidationParameters.NameClaimType = MemberClaims.SubjectClaim;
            options.TokenValidationParameters.RoleClaimType = RoleClaim;
            // The defaults skip both checks when the section names no issuer or audience: a token for another application would do.
            options.TokenValidationParameters.ValidateIssuer = true;
            options.TokenValidationParameters.ValidateAudience = true;
        });
        builder.Services.PostConfigure<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme, static options =>
        {
            if (options.ConfigurationManager is ConfigurationManager<OpenIdConnectConfiguration>)
            {
                options.ConfigurationManager = new ProviderMetadata(options);
            }
        });

        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(AuthorizationPolicies.Staff, policy => policy
                .AddAuthenticationSchemes(JwtBearerDefaults.AuthenticationScheme)
                // Audit records name the subject.
                .RequireClaim(MemberClaims.SubjectClaim)
                .RequireRole(AuthorizationPolicies.Staff))
            .AddPolicy(AuthorizationPolicies.Member, policy => policy
                .AddAuthenticationSchemes(JwtBearerDefaults.AuthenticationScheme)
                .RequireAssertion(context => context.User.GetMemberId() is not null))
            .AddPolicy(AuthorizationPolicies.MemberOrGuest, policy => policy
                .AddAuthenticationSchemes(JwtBearerDefaults.AuthenticationScheme)
                .RequireAssertion(context => context.User.GetMemberId() is not null || !HasBearerToken(context)))
            .AddPolicy(AuthorizationPolicies.Service, policy => policy
                .AddAuthenticationSchemes(ServiceKeyAuthenticationHandler.SchemeName)
                .RequireAuthenticatedUser())
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(IsUnmatched).Build());
    }

    /// <summary>Adds the middleware that authenticates callers and rejects those that may not call the endpoint: 401 or 403.</summary>
    public static void UseAccessControl(this IApplicationBuilder app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseCallerVerification();
    }

    // Also a header without a token, which the bearer scheme takes for none.
    private static bool HasBearerToken(AuthorizationHandlerContext context) =>
        context.Resource is not HttpContext http
        || http.Request.Headers.Authorization.Any(
            value => value?.StartsWith(JwtBearerDefaults.AuthenticationScheme, StringComparison.OrdinalIgnoreCase) == true);

    // The responses of routing itself (404, 405 and 415) are no routes of the service, and need no policy.
    private static bool IsUnmatched(AuthorizationHandlerContext context) =>
        context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint;
}
