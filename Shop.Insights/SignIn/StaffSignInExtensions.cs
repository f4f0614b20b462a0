using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Shop.Insights.Mcp;
using Shop.ServiceDefaults;
using Shop.Web.Authentication;

namespace Shop.Insights.SignIn;

/// <summary>
/// Signs staff in at an OpenID Connect provider, with a session cookie of this service. The policy
/// <see cref="AuthorizationPolicies.Staff"/> accepts the session beside bearer tokens.
/// </summary>
internal static class StaffSignInExtensions
{
    /// <summary>The address that asks for another account.</summary>
    public const string SwitchAccountPath = "/switch-account";

    private const string Scheme = "StaffSession";
    private const string CookieName = "shop-insights";
    private const string EmailClaim = "email";
    private const string RoleClaim = "role";
    private const string SubjectClaim = "sub";

    public static void AddStaffSignIn(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<StaffSignInOptions, StaffSignInOptionsValidator>()
            .BindConfiguration(StaffSignInOptions.Section);
        var configured = builder.Configuration.GetSection(StaffSignInOptions.Section).Get<StaffSignInOptions>() ?? new();
        var canSignIn = !string.IsNullOrEmpty(configured.Authority);
        var authentication = builder.Services.AddAuthentication()
            .AddCookie(Scheme, options => ConfigureSession(options, canSignIn));
        builder.Services.AddOptions<CookieAuthenticationOptions>(Scheme).Configure<IOptions<StaffSignInOptions>>(
            static (options, signIn) => options.ExpireTimeSpan = signIn.Value.SessionTimeout);
        builder.Services.Configure<AuthorizationOptions>(static authorization => authorization.AddPolicy(
            AuthorizationPolicies.Staff,
            policy => policy
                .AddAuthenticationSchemes(JwtBearerDefaults.AuthenticationScheme, Scheme)
                .RequireClaim(SubjectClaim)
                .RequireRole(AuthorizationPolicies.Staff)));
        builder.Services.AddAntiforgery(static options =>
        {
            options.Cookie.Name = "shop-insights-form";
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        if (!canSignIn)
        {
            return;
        }

        var backchannel = string.IsNullOrEmpty(configured.InternalService)
            ? builder.Services.AddHttpClient(nameof(ProviderBackchannel)).Name
            : builder.Services.AddServiceHttpClient<ProviderBackchannel>(configured.InternalService).Name;
        authentication.AddOpenIdConnect(ConfigureProtocol);
        builder.Services.AddOptions<OpenIdConnectOptions>(OpenIdConnectDefaults.AuthenticationScheme)
            .Configure<IOptions<StaffSignInOptions>, IHttpMessageHandlerFactory>((options, signIn, handlers) =>
                ConfigureProvider(options, signIn.Value, handlers.CreateHandler(backchannel)));
    }

    public static void MapStaffSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/sign-out", SignOutAsync).RequireAuthorization(AuthorizationPolicies.Staff).ExcludeFromDescription();
        // For everybody: an account without the role may not sign out, and the provider would sign it in again.
        routes.MapGet(SwitchAccountPath, SwitchAccountAsync).AllowAnonymous().ExcludeFromDescription();
    }

    private static void ConfigureSession(CookieAuthenticationOptions options, bool canSignIn)
    {
        options.Cookie.Name = CookieName;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.SlidingExpiration = false;
        options.Events.OnValidatePrincipal = static context =>
        {
            // Browsers send a cookie to all ports of a host. The operations of the management endpoint and the tools for agents take
            // tokens only.
            if (context.Request.Path.StartsWithSegments("/admin") || context.Request.Path.StartsWithSegments(McpExtensions.Path))
            {
                context.RejectPrincipal();
            }

            return Task.CompletedTask;
        };
        options.Events.OnRedirectToLogin = context =>
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return canSignIn && IsPage(context.Request)
                ? ChallengeAsync(context.HttpContext, new() { RedirectUri = context.Request.Path + context.Request.QueryString })
                : Task.CompletedTask;
        };
        options.Events.OnRedirectToAccessDenied = static context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
    }

    private static bool IsPage(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && !request.Path.StartsWithSegments("/api")
        && !request.Path.StartsWithSegments("/admin")
        && request.Headers.Authorization.Count == 0;

    private static async Task ChallengeAsync(HttpContext context, OpenIdConnectChallengeProperties properties)
    {
        // Set by the bearer scheme, which is challenged too.
        context.Response.Headers.WWWAuthenticate = default;
        try
        {
            await context.ChallengeAsync(OpenIdConnectDefaults.AuthenticationScheme, properties);
        }
        catch (Exception exception) when (ServiceErrors.IsProviderUnavailable(exception) && !context.RequestAborted.IsCancellationRequested)
        {
            GetLog(context).ProviderUnavailable(exception);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private static void ConfigureProtocol(OpenIdConnectOptions options)
    {
        options.SignInScheme = Scheme;
        options.ResponseType = OpenIdConnectResponseType.Code;
        // Not form_post, which needs a script in the browser.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.Scope.Clear();
        options.Scope.Add("openid");
        options.Scope.Add(EmailClaim);
        options.CallbackPath = "/sign-in/callback";
        options.SignedOutCallbackPath = "/sign-out/callback";
        options.SignedOutRedirectUri = "/";
        options.RemoteSignOutPath = default;
        options.MapInboundClaims = false;
        options.TokenValidationParameters.NameClaimType = EmailClaim;
        options.TokenValidationParameters.RoleClaimType = RoleClaim;
        options.DisableTelemetry = true;
        foreach (var cookie in (CookieBuilder[])[options.CorrelationCookie, options.NonceCookie])
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        }

        options.Events.OnRedirectToIdentityProviderForSignOut = static context =>
        {
            // The cookie has no id token, which is the other way to name the client.
            context.ProtocolMessage.ClientId = context.Options.ClientId;
            return Task.CompletedTask;
        };
        options.Events.OnRemoteFailure = OnRemoteFailureAsync;
    }

    private static void ConfigureProvider(OpenIdConnectOptions options, StaffSignInOptions signIn, HttpMessageHandler backchannel)
    {
        var authority = new Uri(signIn.Authority!);
        options.Authority = signIn.Authority;
        options.ClientId = signIn.ClientId;
        options.ClientSecret = signIn.ClientSecret;
        options.RequireHttpsMetadata = authority.Scheme == Uri.UriSchemeHttps;
        options.Backchannel = InternalProviderHandler.CreateClient(authority, signIn.InternalService, backchannel);
    }

    private static async Task OnRemoteFailureAsync(RemoteFailureContext context)
    {
        GetLog(context.HttpContext).SignInFailed(context.Failure);
        // After the sign-in, the back button requests the callback again.
        if ((await context.HttpContext.AuthenticateAsync(Scheme)).Succeeded)
        {
            context.Response.Redirect("/");
        }
        else
        {
            context.Response.StatusCode = context.Failure is { } failure && ServiceErrors.IsProviderUnavailable(failure)
                ? StatusCodes.Status503ServiceUnavailable
                : StatusCodes.Status400BadRequest;
        }

        context.HandleResponse();
    }

    private static Task SwitchAccountAsync(HttpContext context, IOptions<StaffSignInOptions> signIn)
    {
        if (string.IsNullOrEmpty(signIn.Value.Authority))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        // Without the prompt, the provider returns the account that is signed in.
        return ChallengeAsync(context, new() { RedirectUri = "/", Prompt = OpenIdConnectPrompt.Login });
    }

    private static async Task<Results<SignOutHttpResult, BadRequest>> SignOutAsync(
        HttpContext context, IAntiforgery antiforgery, IOptions<StaffSignInOptions> signIn)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return TypedResults.BadRequest();
        }

        // Also at the provider, which would sign the person in again at the next page.
        string[] schemes = string.IsNullOrEmpty(signIn.Value.Authority) ? [Scheme] : [Scheme, OpenIdConnectDefaults.AuthenticationScheme];
        return TypedResults.SignOut(new AuthenticationProperties { RedirectUri = "/" }, schemes);
    }

    private static ILogger GetLog(HttpContext context) =>
        context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(StaffSignInExtensions));

    /// <summary>The client of a provider that runs with the application.</summary>
    internal sealed class ProviderBackchannel(HttpClient http)
    {
        public HttpClient Http => http;
    }
}
