using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Shop.ServiceDefaults;
using Shop.Web.Authentication;
using Shop.Web.Sessions;

namespace Shop.Storefront.SignIn;

/// <summary>The options and events of the OpenID Connect handler.</summary>
internal static class OpenIdConnectSetup
{
    /// <summary>The claim with the id of the member.</summary>
    public const string SubjectClaim = "sub";

    /// <summary>Configures what does not depend on the provider.</summary>
    public static void ConfigureProtocol(OpenIdConnectOptions options)
    {
        options.SignInScheme = MemberCookie.Scheme;
        options.ResponseType = "code";
        // Not form_post, which needs a script in the browser.
        options.ResponseMode = "query";
        options.Scope.Clear();
        foreach (var scope in (string[])["openid", "email", "offline_access"])
        {
            options.Scope.Add(scope);
        }

        options.CallbackPath = "/login/callback";
        // A visitor may leave the page of the provider open, as long as the nonce is valid.
        options.RemoteAuthenticationTimeout = TimeSpan.FromHours(1);
        // Not used, and their defaults are addresses of this service.
        options.RemoteSignOutPath = default;
        options.SignedOutCallbackPath = default;
        options.MapInboundClaims = false;
        options.TokenValidationParameters.NameClaimType = SubjectClaim;
        options.DisableTelemetry = true;
        foreach (var cookie in (CookieBuilder[])[options.CorrelationCookie, options.NonceCookie])
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        }

        options.Events.OnTokenValidated = OnTokenValidated;
        options.Events.OnTicketReceived = OnTicketReceivedAsync;
        options.Events.OnAccessDenied = static context =>
        {
            context.Response.Redirect(LoginEndpoint.GetAddress(SignInFailure.Denied));
            context.HandleResponse();
            return Task.CompletedTask;
        };
        options.Events.OnRemoteFailure = OnRemoteFailureAsync;
    }

    /// <summary>Configures the provider, and how the storefront reaches it.</summary>
    public static void ConfigureProvider(OpenIdConnectOptions options, SignInOptions signIn, HttpMessageHandler backchannel)
    {
        var authority = new Uri(signIn.Authority!);
        options.Authority = signIn.Authority;
        options.ClientId = signIn.ClientId;
        options.ClientSecret = signIn.ClientSecret;
        options.RequireHttpsMetadata = authority.Scheme == Uri.UriSchemeHttps;
        options.Backchannel = InternalProviderHandler.CreateClient(authority, signIn.InternalService, backchannel);
    }

    private static Task OnTokenValidated(TokenValidatedContext context)
    {
        var time = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>();
        if (context.TokenEndpointResponse is { AccessToken: { } accessToken } response)
        {
            MemberTokens.Create(accessToken, response.RefreshToken, response.ExpiresIn, time.GetUtcNow()).Write(context.Properties!);
        }

        return Task.CompletedTask;
    }

    private static async Task OnTicketReceivedAsync(TicketReceivedContext context)
    {
        context.HttpContext.Features.Get<VisitorSession>()?.BecomeMember();
        EndedSession.Clear(context.HttpContext);
        if (context.Principal?.FindFirst(SubjectClaim)?.Value is { } subject)
        {
            await context.HttpContext.RequestServices.GetRequiredService<MemberCart>().TakeAsync(context.HttpContext, subject);
        }
    }

    private static async Task OnRemoteFailureAsync(RemoteFailureContext context)
    {
        var failure = context.Failure switch
        {
            // A code that is sent again.
            { } exception when exception.Data["error"] is "invalid_grant" => SignInFailure.Invalid,
            // An error of the provider, or a malformed response. Derived types mean that the callback is invalid.
            OpenIdConnectProtocolException exception when exception.GetType() == typeof(OpenIdConnectProtocolException) =>
                SignInFailure.Unavailable,
            { } exception when ServiceErrors.IsProviderUnavailable(exception) => SignInFailure.Unavailable,
            _ => SignInFailure.Invalid,
        };
        // Everybody can request an invalid callback, as often as they like.
        var level = failure is SignInFailure.Invalid ? LogLevel.Debug : LogLevel.Warning;
        context.HttpContext.RequestServices.GetRequiredService<ILogger<ProviderClient>>().SignInFailed(level, failure, context.Failure);

        // After the sign-in, the back button requests the callback again.
        var session = await context.HttpContext.AuthenticateAsync(MemberCookie.Scheme);
        context.Response.Redirect(failure is SignInFailure.Invalid && session.Succeeded ? "/" : LoginEndpoint.GetAddress(failure));
        context.HandleResponse();
    }
}
