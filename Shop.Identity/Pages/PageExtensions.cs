using Microsoft.AspNetCore.Antiforgery;
using Microsoft.Extensions.Options;
using Shop.Identity.Provider;

namespace Shop.Identity.Pages;

/// <summary>Adds the pages for sign-in and registration. They work without script.</summary>
internal static class PageExtensions
{
    /// <summary>The query parameter with which a page says that the form was sent too late.</summary>
    public const string ExpiredForm = "expired";

    public static void AddPages(this IHostApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents();
        builder.Services.AddAntiforgery();
        builder.Services.AddOptions<AntiforgeryOptions>().Configure<IOptions<ProviderOptions>>(
            static (antiforgery, provider) => provider.Value.ConfigureCookie(antiforgery.Cookie, "shop-sso-form"));
    }

    /// <summary>
    /// Adds the middleware that sets the security headers. The pages may load a style sheet and pictures, and no script. Their forms lead
    /// back to the service that asked for the sign-in: one of this host, or Insights.
    /// </summary>
    public static void UsePageHeaders(this WebApplication app)
    {
        var insights = app.Services.GetRequiredService<IOptions<ProviderOptions>>().Value.InsightsUrl;
        app.UseSecurityHeaders(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            + $"form-action 'self'{(insights is null ? "" : $" {insights}")}");
    }

    /// <summary>Adds the middleware that serves the style sheet of the pages.</summary>
    public static void UseStyleSheet(this WebApplication app) => app.UseStaticFiles(new StaticFileOptions
    {
        OnPrepareResponse = static file => file.Context.Response.Headers.CacheControl = "public, max-age=3600",
    });

    /// <summary>Adds the middleware that checks forms. Place it after authorization.</summary>
    public static void UseForms(this WebApplication app)
    {
        app.UseAntiforgery();
        app.Use(static (context, next) =>
        {
            if (context.Features.Get<IAntiforgeryValidationFeature>()
                is not { IsValid: false, Error.InnerException: not (InvalidDataException or IOException) })
            {
                return next(context);
            }

            // Another site has sent the form, or its cookie is gone. The response would be 400 without a page.
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = context.Request.Query.ContainsKey(ExpiredForm)
                ? context.Request.Path + context.Request.QueryString
                : context.Request.Path + context.Request.QueryString.Add(ExpiredForm, "true");
            return Task.CompletedTask;
        });
    }

    public static void MapPages(this IEndpointRouteBuilder routes) => routes.MapRazorComponents<App>().AllowAnonymous();
}
