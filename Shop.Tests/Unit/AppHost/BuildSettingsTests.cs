using System.Xml.Linq;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.AppHost;

/// <summary>What happens outside of the repository does not break the build of an unchanged commit.</summary>
public sealed class BuildSettingsTests
{
    [Theory]
    [InlineData("NU1900")]
    [InlineData("NU1901")]
    [InlineData("NU1902")]
    [InlineData("NU1903")]
    [InlineData("NU1904")]
    public void New_advisory_is_not_an_error(string warning) => Assert.Contains(warning, Codes("WarningsNotAsErrors"));

    [Fact]
    public void Second_package_source_of_the_user_is_not_an_error() => Assert.Contains("NU1507", Codes("NoWarn"));

    private static IEnumerable<string> Codes(string property) =>
        XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants(property)
            .SelectMany(element => element.Value.Split(';'));
}
