using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Shop.Storefront.Canary;

namespace Shop.Storefront.SignIn;

/// <summary>Signs visitors in at an OpenID Connect provider.</summary>
internal static class SignInExtensions
{
    // As long as a member may stay away and still be signed in.
    private static readonly TimeSpan _sessionTimeout = TimeSpan.FromDays(14);

    /// <summary>
    /// Adds the session of members as the default of this service, and the sign-in at the provider of <see cref="SignInOptions"/>.
    /// </summary>
    public static void AddSignIn(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<SignInOptions, SignInOptionsValidator>().BindConfiguration(SignInOptions.Section);
        builder.Services.AddScoped<SignOut>();
        var authentication = builder.Services.AddAuthentication(options =>
        {
            options.DefaultAuthenticateScheme = MemberCookie.Scheme;
            options.DefaultChallengeScheme = MemberCookie.Scheme;
        });
        authentication.AddCookie(MemberCookie.Scheme, options =>
        {
            options.Cookie.Name = MemberCookie.Name;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.CookieManager = new MemberCookie();
            options.ExpireTimeSpan = _sessionTimeout;
            options.LoginPath = "/login";
            options.ReturnUrlParameter = "returnUrl";
            options.Events.OnRedirectToAccessDenied = static context =>
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                return Task.CompletedTask;
            };
            options.Events.OnValidatePrincipal = MemberSession.ValidateAsync;
        });

        var configured = builder.Configuration.GetSection(SignInOptions.Section).Get<SignInOptions>();
        if (string.IsNullOrEmpty(configured?.Authority))
        {
            return;
        }

        builder.Services.AddSingleton<ProviderClient>();
        builder.Services.AddServiceHttpClient<MemberCart>("cart").AddCanary("cart");
        var backchannel = string.IsNullOrEmpty(configured.InternalService)
            ? builder.Services.AddHttpClient(nameof(ProviderClient)).Name
            : builder.Services.AddServiceHttpClient<ProviderBackchannel>(configured.InternalService).Name;
        authentication.AddOpenIdConnect(OpenIdConnectSetup.ConfigureProtocol);
        builder.Services.AddOptions<OpenIdConnectOptions>(OpenIdConnectDefaults.AuthenticationScheme)
            .Configure<IOptions<SignInOptions>, IHttpMessageHandlerFactory>((options, signIn, handlers) =>
                OpenIdConnectSetup.ConfigureProvider(options, signIn.Value, handlers.CreateHandler(backchannel)));
    }

    /// <summary>
    /// Adds the middleware that takes the member's cart later, because Cart was unavailable during the sign-in. Only the pages that show
    /// the cart wait for it. Place it after authentication.
    /// </summary>
    public static void UseMemberCart(this WebApplication app) =>
        app.Use(static async (context, next) =>
        {
            if (HttpMethods.IsGet(context.Request.Method)
                && (context.Request.Path == "/cart" || context.Request.Path.StartsWithSegments("/checkout"))
                && context.User.FindFirst(OpenIdConnectSetup.SubjectClaim)?.Value is { } subject
                && context.RequestServices.GetService<MemberCart>() is { } cart)
            {
                await cart.TakeAsync(context, subject);
            }

            await next(context);
        });

    /// <summary>Maps <c>/login</c>, which leads to the provider and back to the page that the visitor came from.</summary>
    public static void MapSignIn(this IEndpointRouteBuilder routes) => routes.MapLogin();

    /// <summary>The client of a provider that runs with the application.</summary>
    internal sealed class ProviderBackchannel(HttpClient http)
    {
        public HttpClient Http => http;
    }
}
