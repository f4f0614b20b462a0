using Microsoft.Extensions.Options;
using Shop.Insights.Overview;
using Shop.Insights.SignIn;
using Shop.Web.Authentication;

namespace Shop.Insights.Pages;

/// <summary>Adds the pages for staff: Blazor components with static server-side rendering, without script.</summary>
internal static class PageExtensions
{
    public static void AddPages(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<OverviewReader>();
        builder.Services.AddRazorComponents();
        // Before the writer of problem details, which writes for all requests.
        builder.Services.Insert(0, ServiceDescriptor.Singleton<IProblemDetailsWriter, ErrorPageWriter>());
    }

    /// <summary>Adds the middleware that sets the security headers. Place it first.</summary>
    public static void UsePageHeaders(this WebApplication app)
    {
        // The form for sign-out leads to the provider.
        var signIn = app.Services.GetRequiredService<IOptions<StaffSignInOptions>>().Value;
        var provider = Uri.TryCreate(signIn.Authority, UriKind.Absolute, out var authority)
            ? $" {authority.GetLeftPart(UriPartial.Authority)}"
            : "";
        app.Use(static (context, next) =>
        {
            // The API reference of Development has scripts. This runs after the middleware below has set its headers.
            if (context.Request.Path.StartsWithSegments("/scalar"))
            {
                context.Response.OnStarting(() =>
                {
                    context.Response.Headers.ContentSecurityPolicy = default;
                    return Task.CompletedTask;
                });
            }

            return next(context);
        });
        app.UseSecurityHeaders(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            + $"form-action 'self'{provider}");
    }

    /// <summary>Adds the middleware that serves the files of the pages and checks their forms. Place it after authorization.</summary>
    public static void UsePages(this WebApplication app)
    {
        app.UseStaticFiles(new StaticFileOptions
        {
            OnPrepareResponse = static file => file.Context.Response.Headers.CacheControl = "no-cache",
        });
        app.UseAntiforgery();
    }

    public static void MapPages(this IEndpointRouteBuilder routes) =>
        routes.MapRazorComponents<App>().RequireAuthorization(AuthorizationPolicies.Staff);
}
