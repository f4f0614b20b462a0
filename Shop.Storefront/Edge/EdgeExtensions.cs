using Microsoft.Extensions.Options;
using Shop.Storefront.Edge.Errors;
using Shop.Storefront.Edge.Proxy;
using Shop.Storefront.SignIn;

namespace Shop.Storefront.Edge;

/// <summary>Adds the edge: the reverse proxy, the error pages and the security headers.</summary>
internal static class EdgeExtensions
{
    public static void AddEdge(this WebApplicationBuilder builder)
    {
        builder.AddServiceProxy();
        builder.AddErrorPages();
    }

    /// <summary>Adds the middleware of the edge. Call it before all other middleware.</summary>
    public static void UseEdge(this WebApplication app) =>
        app.UseSecurityHeaders(CreatePolicy(app.Services.GetRequiredService<IOptions<SignInOptions>>().Value.ExternalOrigin));

    public static void MapEdge(this WebApplication app) => app.MapServiceProxy();

    /// <summary>
    /// Content comes from this host only, and scripts and styles from files only: a script that is injected into a page does not run.
    /// Forms are sent to this host. The one that signs a member out leads on to another provider, which browsers treat as its target.
    /// </summary>
    private static string CreatePolicy(string? provider) =>
        $"default-src 'self'; base-uri 'self'; form-action 'self'{(provider is null ? "" : $" {provider}")}; frame-ancestors 'none'; "
        + "object-src 'none'";
}
