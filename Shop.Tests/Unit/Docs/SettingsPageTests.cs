using System.Reflection;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Docs;

public class SettingsPageTests
{
    [Fact]
    public void Settings_page_in_docs_lists_every_setting_with_its_default() =>
        GeneratedPage.Verify(
            "settings.md", SettingsPage.Generate(ApplicationProjects.Libraries.Concat(ApplicationProjects.Services).Select(Assembly.Load)));
}
