using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.Extensions.Http.Resilience;
using Shop.Storefront.Canary;
using Shop.Storefront.Clients;
using Shop.Storefront.Pages.Account;
using Shop.Storefront.Pages.Cart;
using Shop.Storefront.Pages.Checkout;
using Shop.Storefront.Pages.Layout;
using Shop.Storefront.Pages.Orders;
using Shop.Storefront.SignIn;

namespace Shop.Storefront.Pages;

/// <summary>Adds the pages of the shop: Blazor components with static server-side rendering.</summary>
internal static class PageExtensions
{
    private static readonly string _pages = $"{typeof(App).Namespace}.";

    public static void AddPages(this IHostApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents();
        builder.Services.AddSingleton<AssetVersions>();
        builder.Services.AddSingleton<CartCookie>();
        builder.Services.AddScoped<CartCount>();
        builder.Services.AddSingleton<SignInAvailability>();
        builder.Services.AddServiceHttpClient<CatalogClient>("catalog").AddCanary("catalog");
        builder.Services.AddServiceHttpClient<CartClient>("cart").AddMemberToken().AddCanary("cart");
        builder.Services.AddServiceHttpClient<OrdersClient>("orders").AddMemberToken().AddCanary("orders");
        builder.AddCheckout();
        builder.Services.Configure<AntiforgeryOptions>(options =>
        {
            options.Cookie.Name = "shop-form";
            // Not Strict: a visitor who comes from another site would get a new cookie, and the forms in all other tabs would be invalid.
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });

        // A visitor waits for a page: a call that fails is repeated at once or not at all.
        builder.Services.ConfigureAll<HttpStandardResilienceOptions>(options =>
        {
            options.Retry.Delay = TimeSpan.FromMilliseconds(100);
            options.Retry.MaxRetryAttempts = 2;
        });
    }

    /// <summary>Adds the middleware that serves the files of the pages and checks their forms. Place it after authorization.</summary>
    public static void UsePages(this WebApplication app)
    {
        var versions = app.Services.GetRequiredService<AssetVersions>();
        app.UseStaticFiles(new StaticFileOptions
        {
            // Another version of the service has other files: during an update, a browser may ask this one for the address of a new file.
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl =
                IsCurrent(file.Context.Request, versions) ? "public, max-age=31536000, immutable" : "no-cache",
        });
        app.UseAntiforgery();
    }

    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        routes.MapRazorComponents<App>().AllowAnonymous().Add(ReadOnlyPage);
        routes.MapCartForms();
        routes.MapCheckoutForm();
        routes.MapOrderForms();
        routes.MapSignOutForm();
    }

    private static bool IsCurrent(HttpRequest request, AssetVersions versions) =>
        request.QueryString.HasValue && versions.GetPath(request.Path.Value![1..]) == $"{request.Path}{request.QueryString}";

    // The pages below this namespace are read. Their forms have endpoints of their own, which return a redirect.
    private static void ReadOnlyPage(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<ComponentTypeMetadata>().Any(page => page.Type.FullName!.StartsWith(_pages, StringComparison.Ordinal)))
        {
            endpoint.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get]));
        }
    }
}
