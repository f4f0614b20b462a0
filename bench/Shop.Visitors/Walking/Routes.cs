using System.Text.RegularExpressions;

namespace Shop.Visitors.Walking;

/// <summary>The routes of the storefront's pages, as its events name them.</summary>
internal static partial class Routes
{
    private const string Other = "other";

    private static readonly HashSet<string> _pages =
    [
        "/", "/products", "/cart", "/cart/add", "/cart/change", "/checkout", "/checkout/payment", "/orders", "/login", "/login/failed",
        "/logout",
    ];

    /// <summary>Returns the route of a path, such as <c>/products/:sku</c>.</summary>
    public static string Find(string path) => path switch
    {
        _ when _pages.Contains(path) => path,
        _ when path.StartsWith("/products/", StringComparison.Ordinal) => "/products/:sku",
        _ when path.StartsWith("/sso/", StringComparison.Ordinal) => "/sso/:rest",
        _ when OrderPath().IsMatch(path) => "/orders/:orderId",
        // The callback of the sign-in is no endpoint.
        _ => Other,
    };

    [GeneratedRegex(@"\A/orders/[0-9a-f-]{36}\z")]
    private static partial Regex OrderPath();
}
