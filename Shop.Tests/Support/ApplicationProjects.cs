namespace Shop.Tests.Support;

/// <summary>The projects that the application consists of.</summary>
internal static class ApplicationProjects
{
    public static IReadOnlyList<string> Libraries { get; } =
        ["Shop.Telemetry", "Shop.Web", "Shop.Messaging", "Shop.Data", "Shop.ServiceDefaults", "Shop.Contracts"];

    public static IReadOnlyList<string> Services { get; } =
    [
        "Shop.Cart",
        "Shop.Catalog",
        "Shop.Orders",
        "Shop.Identity",
        //#if (storefront)
        "Shop.Storefront",
        //#endif
        //#if (withInsights)
        "Shop.Insights",
        //#endif
    ];
}
