using System.Xml.Linq;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.AppHost;

/// <summary>
/// What happens outside of the repository does not break the build of an unchanged commit. Only CI refuses packages with a known
/// vulnerability.
/// </summary>
public sealed class BuildSettingsTests
{
    [Theory]
    [InlineData("NU1900")]
    [InlineData("NU1901")]
    [InlineData("NU1902")]
    [InlineData("NU1903")]
    [InlineData("NU1904")]
    public void New_advisory_is_not_an_error(string warning) => Assert.Contains(warning, Codes("WarningsNotAsErrors", isCi: false));

    [Theory]
    [InlineData("NU1900", false)] // the source has no advisories
    [InlineData("NU1901", false)] // low
    [InlineData("NU1902", false)] // moderate
    [InlineData("NU1903", true)] // high
    [InlineData("NU1904", true)] // critical
    public void Advisory_of_high_or_critical_severity_is_an_error_in_CI(string warning, bool isError) =>
        Assert.Equal(isError, !Codes("WarningsNotAsErrors", isCi: true).Contains(warning));

    [Fact]
    public void Second_package_source_of_the_user_is_not_an_error() => Assert.Contains("NU1507", Codes("NoWarn", isCi: true));

    private static List<string> Codes(string property, bool isCi)
    {
        var settings = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));
        Assert.Equal("true", settings.Descendants("TreatWarningsAsErrors").Single().Value);
        return
        [
            .. from element in settings.Descendants(property)
               where !isCi || element.Attribute("Condition")?.Value != "'$(CI)' != 'true'"
               from code in element.Value.Split(';')
               select code,
        ];
    }
}
