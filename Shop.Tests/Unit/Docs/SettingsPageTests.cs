using System.Reflection;

namespace Shop.Tests.Unit.Docs;

public class SettingsPageTests
{
    private static readonly string[] _assemblies =
    [
        "Shop.Telemetry", "Shop.Web", "Shop.Messaging", "Shop.Data", "Shop.Cart", "Shop.Catalog", "Shop.Orders", "Shop.Identity",
        "Shop.Storefront", "Shop.Insights",
    ];

    [Fact]
    public void Settings_page_in_docs_lists_every_setting_with_its_default() =>
        GeneratedPage.Verify("settings.md", SettingsPage.Generate(_assemblies.Select(Assembly.Load)));
}
