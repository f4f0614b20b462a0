namespace Shop.Storefront.Experiments;

/// <summary>
/// A variant that the address selects, outside of Production: <c>?variant=item_page:picture_top</c> on any page. A cookie keeps it for
/// the pages that follow, until the browser is closed.
/// </summary>
internal static class ForcedVariant
{
    private const string Parameter = "variant";
    private const string Cookie = "shop-variant";

    /// <summary>Adds the middleware that sets the cookie. Nothing forces a variant in Production.</summary>
    public static void UseForcedVariants(this WebApplication app)
    {
        if (app.Environment.IsProduction())
        {
            return;
        }

        app.Use((context, next) =>
        {
            if (Parse(context.Request.Query[Parameter]) is var (experiment, variant))
            {
                context.Response.Cookies.Append(Cookie, $"{experiment}:{variant}", new CookieOptions
                {
                    HttpOnly = true,
                    SameSite = SameSiteMode.Lax,
                    Secure = context.Request.IsHttps,
                });
            }

            return next(context);
        });
    }

    /// <summary>Returns the experiment and the variant that a request forces; null if it forces none that exists.</summary>
    public static (string Experiment, string Variant)? Find(HttpRequest request) =>
        Parse(request.Query[Parameter]) ?? Parse(request.Cookies[Cookie]);

    private static (string Experiment, string Variant)? Parse(string? text) =>
        text?.Split(':') is [var experiment, var variant]
        && ShopExperiments.All.TryGetValue(experiment, out var variants) && variants.Contains(variant)
            ? (experiment, variant)
            : null;
}
